import type { ItemReply } from '../api/api-replies.ts';
import { moneyText } from '../output/money-text.ts';
import { pairs } from '../output/table.ts';

/** One item of the catalogue. */
export function itemText(item: ItemReply): string {
  return pairs([
    ['Item', item.sku],
    ['Name', item.name],
    ['Prices', item.prices.map(moneyText).join(', ')],
    ['Weight', `${item.weightGrams} g`],
    ['For sale', item.active ? 'yes' : 'no'],
  ]);
}
