/** What an action would do, or why it would not be done, as the service says it. */
import type { ComponentChildren } from 'preact';
import type { ActionName, PlannedAction } from '../api/operations.ts';
import type { Problem } from '../api/problem.ts';
import { ProblemNote } from '../components/feedback.tsx';
import { Amount } from '../components/values.tsx';
import { words } from '../format/words.ts';
import { ACTION_FORMS, isActionName } from './action-forms.ts';

const MONEY: Readonly<Record<PlannedAction['money'][number]['kind'], string>> = {
  refund: 'back to the customer',
  void: 'no longer held',
  stated: 'counted by your word, not moved',
};

export function PlanView({ plan }: { readonly plan: PlannedAction }) {
  const { money, stock, mails, sentences, needsSecondPerson } = plan;
  const hasEffects = money.length + stock.length + mails.length > 0;
  return (
    <>
      <ul>
        {sentences.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
      {hasEffects ? (
        <dl class="effects">
          {money.map(({ kind, amount }) => (
            <Effect key={kind} name="Money">
              <Amount money={amount} /> {MONEY[kind]}
            </Effect>
          ))}
          {stock.map((change) => (
            <Effect key={`${change.sku} ${change.locationId}`} name="Stock">
              {stockText(change)}
            </Effect>
          ))}
          {mails.length === 0 ? null : <Effect name="Mail">{mails.map(words).join(', ')}</Effect>}
        </dl>
      ) : null}
      {needsSecondPerson ? (
        <p class="note">It is above the limit of one person: it waits until somebody else agrees.</p>
      ) : null}
    </>
  );
}

function Effect({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function stockText({ sku, locationId, reserved, restocked }: PlannedAction['stock'][number]): string {
  const parts = [
    ...(reserved < 0 ? [`${-reserved} free again`] : []),
    ...(reserved > 0 ? [`${reserved} held`] : []),
    ...(restocked > 0 ? [`${restocked} back on the shelf`] : []),
  ];
  return `${sku} at ${locationId}: ${parts.join(', ')}`;
}

export interface RefusalProps {
  readonly problem: Problem;
  /** Opens another action instead. */
  readonly onChoose: (action: ActionName) => void;
  /** The one that was refused. */
  readonly refused: ActionName;
}

/** A refusal says what is possible instead; anything else that is wrong is told as everywhere. */
export function Refusal({ problem, onChoose, refused }: RefusalProps) {
  if (problem.code !== 'ACTION_NOT_POSSIBLE') return <ProblemNote problem={problem} />;
  const others = problem.possible.filter(isActionName).filter((name) => name !== refused);
  return (
    <div class="problem" role="alert">
      <p class="problem-title">Not possible</p>
      <p>{problem.detail}</p>
      {others.length === 0 ? null : (
        <>
          <p class="muted">Possible instead:</p>
          <div class="actions">
            {others.map((name) => (
              <button key={name} type="button" class="button" onClick={() => onChoose(name)}>
                {ACTION_FORMS[name].button}
              </button>
            ))}
          </div>
        </>
      )}
    </div>
  );
}
