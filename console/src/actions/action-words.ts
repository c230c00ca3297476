/** Actions as they are told afterwards. */
import type { OperatorAction } from '../api/operations.ts';
import { moneyText } from '../format/money.ts';
import { sentence, words } from '../format/words.ts';

/** Where an action stands, in a few words. */
export const STATE_WORDS: Readonly<Record<OperatorAction['state'], string>> = {
  asked: 'under way',
  pending_approval: 'waits for a second person',
  approved: 'agreed to, under way',
  declined: 'declined',
  done: 'done',
  refused: 'refused',
  failed: 'failed',
};

/** Whether nothing more becomes of it. */
export function isOver({ state }: OperatorAction): boolean {
  return state === 'done' || state === 'refused' || state === 'failed' || state === 'declined';
}

/** What became of it: one sentence that begins with the action. */
export function outcomeText(action: OperatorAction): string {
  const { state, outcomes } = action;
  const last = outcomes.at(-1)?.detail ?? '';
  const name = sentence(action.action);
  switch (state) {
    case 'asked':
    case 'approved':
      return `${name} is under way: another company has not answered yet.`;
    case 'pending_approval':
      return `${name} waits for a second person, on the page Approvals.`;
    default:
      return `${name}: ${STATE_WORDS[state]}. ${last}`;
  }
}

/** What it was asked with, besides the reason: `£10.00`, `west`, `confirmed`. Empty when with nothing. */
export function inputText({ input, currency }: OperatorAction): string {
  const { by, locationId, template, operationKey, outcome, providerReference, restock, step } = input;
  const parts = [
    ...amountParts(by, currency),
    ...(restock === true ? ['restocked'] : []),
    ...(typeof locationId === 'string' ? [`to ${locationId}`] : []),
    ...(typeof template === 'string' ? [`mail ${template}`] : []),
    ...(typeof step === 'string' ? [step] : []),
    ...(typeof operationKey === 'string' ? [operationKey.split(':').slice(1).join(':')] : []),
    ...(typeof outcome === 'string' ? [words(outcome)] : []),
    ...(typeof providerReference === 'string' ? [providerReference] : []),
  ];
  return parts.join(' · ');
}

function amountParts(by: unknown, currency: string): readonly string[] {
  if (typeof by !== 'object' || by === null) return [];
  const { amountMinor, lines } = by as { readonly amountMinor?: unknown; readonly lines?: unknown };
  if (typeof amountMinor === 'number') return [moneyText({ amountMinor, currency })];
  if (!Array.isArray(lines)) return [];
  return (lines as readonly { readonly lineId: string; readonly quantity: number }[]).map(
    ({ lineId, quantity }) => `${quantity} of line ${lineId}`,
  );
}
