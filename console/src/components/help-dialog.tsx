import type { PageInfo } from '../pages/index.ts';
import { Dialog } from './dialog.tsx';

export interface HelpDialogProps {
  readonly pages: readonly PageInfo[];
  readonly onClose: () => void;
}

const EVERYWHERE = [
  ['j', 'next row'],
  ['k', 'row before'],
  ['Enter', 'open the row'],
  ['/', 'search'],
  ['?', 'these keys'],
  ['Esc', 'close a dialog'],
] as const;

export function HelpDialog({ pages, onClose }: HelpDialogProps) {
  const keys = [...EVERYWHERE, ...pages.map(({ key, title }) => [`g ${key}`, `go to ${title}`] as const)];
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {keys.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              {key.split(' ').map((one) => (
                <kbd key={one}>{one}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <div class="dialog-buttons">
        <button type="button" class="button button-primary" onClick={onClose} autofocus>
          Close
        </button>
      </div>
    </Dialog>
  );
}
