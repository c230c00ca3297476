import type { ActionName, Explanation } from '../api/operations.ts';
import { useSession } from '../state/session.tsx';
import { ACTION_FORMS, ACTIONS_IN_ORDER, isActionName } from './action-forms.ts';

export interface ActionButtonsProps {
  readonly explanation: Explanation | null;
  readonly onChoose: (action: ActionName) => void;
}

/** What can be done to the order, what helps before the rest; nothing for who may only look. */
export function ActionButtons({ explanation, onChoose }: ActionButtonsProps) {
  const { may } = useSession();
  if (!may('actions:run')) return null;
  const advice =
    explanation === null
      ? ACTIONS_IN_ORDER.map((name) => ({ name, helps: false }))
      : explanation.actions.flatMap(({ name, helps }) => (isActionName(name) ? [{ name, helps }] : []));
  const helping = advice.filter(({ helps }) => helps);
  const others = advice.filter(({ helps }) => !helps);
  return (
    <>
      <Group title="What helps" names={helping.map(({ name }) => name)} onChoose={onChoose} />
      <Group
        title={helping.length === 0 ? 'Possible' : 'Also possible'}
        names={others.map(({ name }) => name)}
        onChoose={onChoose}
      />
    </>
  );
}

interface GroupProps {
  readonly title: string;
  readonly names: readonly ActionName[];
  readonly onChoose: (action: ActionName) => void;
}

function Group({ title, names, onChoose }: GroupProps) {
  if (names.length === 0) return null;
  return (
    <div class="advice" role="group" aria-label={title}>
      <span class="advice-title">{title}</span>
      {names.map((name) => (
        <button
          key={name}
          type="button"
          class={ACTION_FORMS[name].isDangerous === true ? 'button button-danger' : 'button'}
          onClick={() => onChoose(name)}
        >
          {ACTION_FORMS[name].button}
        </button>
      ))}
    </div>
  );
}
