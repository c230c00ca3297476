/**
 * Finds what looks like a card number, so that none enters a store or a log: 13 to 19 digits that pass the Luhn check,
 * written together, with spaces, or with dashes between groups as they are printed on cards.
 */
const MIN_DIGITS = 13;
const MAX_DIGITS = 19;

const TOGETHER_OR_WITH_SPACES = /\d(?: ?\d){12,}/g;
/**
 * With dashes only groups of at most six digits that no letter touches. Every fiftieth UUID would pass otherwise, and UUIDs
 * are what customers, tokens and requests are named by.
 */
const WITH_DASHES = /(?<![0-9A-Za-z])\d{1,6}(?:[ -]\d{1,6}){2,}(?![0-9A-Za-z])/g;

/**
 * Whether any part of the text looks like a card number. Groups of digits are tried in every combination of neighbours, so
 * a number followed by an expiry date or a security code is found as well.
 */
export function containsCardNumber(text: string): boolean {
  for (const form of [TOGETHER_OR_WITH_SPACES, WITH_DASHES]) {
    for (const [run] of text.matchAll(form)) if (hasCardAmong(run.split(/[ -]/))) return true;
  }
  return false;
}

function hasCardAmong(groups: readonly string[]): boolean {
  for (let first = 0; first < groups.length; first += 1) {
    let digits = '';
    for (const group of groups.slice(first)) {
      digits += group;
      if (digits.length > MAX_DIGITS) break;
      if (digits.length >= MIN_DIGITS && passesLuhn(digits)) return true;
    }
  }
  return false;
}

/** The check digit that all card numbers have: every second digit from the right is doubled, the sum ends in 0. */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48;
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum > 0 && sum % 10 === 0;
}
