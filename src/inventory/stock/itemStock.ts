import { EndcapError, type Item } from '../../core/index.js';
import { refuse } from '../refuse.js';

/** What is known of an item's shelf. */
export interface ItemStock {
  id: string;
  title?: string;
  /** Units on hand. */
  stock: number;
  /** Units ordered and not there yet. */
  onOrder?: number;
  price?: number;
  leadTimeDays?: number;
  /** Units at least in an order, and units an order is a multiple of. */
  minimumOrder?: number;
  packSize?: number;
}

/** An item that cannot be advised on: which of its fields is wrong, and what to do. The others are advised on. */
export interface ItemFault {
  item: string;
  field: string;
  message: string;
  remedy: string;
}

const asked = ['onOrder', 'leadTimeDays', 'minimumOrder', 'packSize'] as const;

/** Items with a stock level; those of which a field is wrong apart. Withdrawn ones are not ordered again. */
export function stockOf(items: Iterable<Item>): { items: ItemStock[]; faults: ItemFault[] } {
  const found: { items: ItemStock[]; faults: ItemFault[] } = { items: [], faults: [] };
  for (const item of items) {
    if (item.stock === undefined || item.withdrawn) continue;
    const stock: ItemStock = { id: item.id, stock: item.stock };
    if (item.title !== undefined) stock.title = item.title;
    if (item.price !== undefined) stock.price = item.price;
    for (const name of asked) {
      const value = item.attributes?.[name];
      if (value !== undefined && value !== null && value !== '') stock[name] = value as number;
    }
    const fault = faultOf(stock);
    if (fault) found.faults.push(fault);
    else found.items.push(stock);
  }
  return found;
}

function faultOf(item: ItemStock): ItemFault | undefined {
  try {
    checkItem(item);
    return undefined;
  } catch (error) {
    if (!(error instanceof EndcapError)) throw error;
    const { field, message, remedy } = error.errors[0]!;
    return { item: item.id, field: field.split(' ', 1)[0]!, message, remedy: remedy ?? error.remedy ?? '' };
  }
}

/** Throws `invalid_stock` naming item, field and remedy. */
export function checkItem(item: ItemStock): void {
  const of = (name: string): string => `${name} of the item "${item.id}"`;
  refuse.negative({ [of('stock')]: item.stock });
  for (const name of ['onOrder', 'leadTimeDays', 'price', 'minimumOrder'] as const) {
    const value = item[name];
    if (value !== undefined) refuse.negative({ [of(name)]: value });
  }
  if (item.packSize !== undefined) refuse.notWhole({ [of('packSize')]: item.packSize });
}
