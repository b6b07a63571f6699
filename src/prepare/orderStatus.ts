import { quoteText } from './duck.js';

/** What shops call orders of which nothing was sold in the end. */
const unsold = `canceled cancelled cancel cancelled_by_customer cancelled_by_buyer cancelled_by_seller cancelled_by_user voided void
  failed payment_failed payment_declined declined rejected abandoned checkout_draft trash unavailable chargeback charged_back reversed
  pending_payment awaiting_payment unpaid not_paid
  已取消 取消 订单取消 交易关闭 已关闭 交易取消 支付失败 キャンセル キャンセル済み 취소 취소됨 주문취소 취소완료 storniert abgebrochen annulé annulée annule
  annulee cancelado cancelada anulado annullato отменен отменён отменено`;

/**
 * SQL: whether an order's status says that it came to nothing: cancelled, or never paid. A time, as in a column
 * `Cancelled at`, says so too. What was paid and given back later was bought: its refund is an event of its own.
 */
export function cameToNothing(status: string): string {
  const key = `regexp_replace(regexp_replace(lower(trim(${status})), '[^\\p{L}\\p{N}]+', '_', 'g'), '^wc_', '')`;
  const names = unsold.split(/\s+/).filter(Boolean).map(quoteText).join(', ');
  return `coalesce(${key} IN (${names}) OR regexp_matches(${key}, '待付款|未付款|待支付|未支付|等待买家付款') OR regexp_matches(${status}, '^[0-9]{4}-[0-9]{2}-[0-9]{2}'), false)`;
}

/** SQL: whether a status says that what was paid was given back. */
export const isRefunded = (status: string): string =>
  `regexp_matches(lower(${status}), '^(wc-)?(fully |partially )?(partially_)?(refunded|returned)$|退款|退货|返金|환불|erstattet|rembours|reembols|rimbors')`;
