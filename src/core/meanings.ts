/** What an event says about a shopper and an item, whatever a site calls it. */
export const meanings = [
  'impression',
  'view',
  'search',
  'wish',
  'cart',
  'uncart',
  'purchase',
  'refund',
  'rate',
  'dislike',
  'hide',
  'undo',
  'identify',
] as const;
export type Meaning = (typeof meanings)[number];

/** A type of event that Endcap knows: what it means, how much it says about taste, and what others call it. */
export interface KnownType {
  type: string;
  meaning: Meaning;
  /** 0 says nothing, negative takes back or repels. */
  weight: number;
  /** Names in GA4, Segment, Shopify, other tools and languages, as `typeKey` writes them. */
  names: readonly string[];
}

/**
 * The one table of types, meanings and weights. A type that is not here is kept and counted, and weighs 0.
 * GA4: developers.google.com/analytics/devguides/collection/ga4/reference/events; Segment: segment.com/docs, E-commerce spec.
 */
export const knownTypes: readonly KnownType[] = [
  known(
    'impression',
    'impression',
    0,
    `impressions view_item_list product_list_viewed product_list_filtered view_promotion promotion_viewed
    product_impression list_view item_list_viewed recommendation_viewed collection_viewed exposure shown 曝光 展示 商品曝光 列表曝光 表示 노출`,
  ),
  known(
    'view',
    'view',
    1,
    `pv page_view view_item product_viewed product_view item_view viewed detail product_detail detail_view view_content
    viewcontent product_page_view quick_view browse visit watch 浏览 瀏覽 查看 看 点击浏览 商品浏览 閲覧 보기 조회 ansicht vue visualización`,
  ),
  known(
    'click',
    'view',
    1,
    `select_item clicks product_clicked product_click item_click select_promotion promotion_clicked select_content
    点击 點擊 单击 クリック 클릭 klick clic`,
  ),
  known(
    'search',
    'search',
    0,
    `searched view_search_results products_searched site_search search_submitted product_search 搜索 搜寻 搜尋 検索 검색 suche recherche`,
  ),
  known(
    'wish',
    'wish',
    2,
    `fav favorite favourite favorited add_to_wishlist addtowishlist wishlist product_added_to_wishlist added_to_wishlist
    add_to_favorites save saved bookmark collect 收藏 加入收藏 心愿单 お気に入り 찜 merkzettel`,
  ),
  known(
    'remove_from_wish',
    'undo',
    -2,
    `remove_from_wishlist removefromwishlist product_removed_from_wishlist removed_from_wishlist unfavorite unfavourite
    unfav remove_from_favorites unsave unlike 取消收藏 移除收藏`,
  ),
  known(
    'add_to_cart',
    'cart',
    3,
    `addtocart cart product_added add_cart added_to_cart cart_add basket add_to_basket addtobasket add_to_bag
    wishlist_product_added_to_cart product_added_to_cart add2cart 加购 加购物车 加入购物车 购物车 加購 加入購物車 カート カートに追加 장바구니 warenkorb panier carrito`,
  ),
  known(
    'remove_from_cart',
    'uncart',
    -1,
    `removefromcart product_removed remove_cart removed_from_cart cart_remove remove_from_basket remove_from_bag
    product_removed_from_cart 移出购物车 移除购物车 删除购物车 取消加购`,
  ),
  known(
    'purchase',
    'purchase',
    5,
    `transaction buy order order_completed purchased bought ordered sale sold checkout_completed completed_order
    order_placed place_order placed_order order_paid orders_paid ecommerce_purchase in_app_purchase pay paid payment 购买 下单 成交 支付 付款 订单 購買 下單 購入 注文 구매 주문 결제
    kauf gekauft bestellung achat compra acquisto покупка`,
  ),
  known(
    'refund',
    'refund',
    -3,
    `refunded order_refunded order_cancelled order_canceled returned return returns cancel cancelled canceled cancellation
    refund_order chargeback order_returned product_returned partial_refund 退货 退款 取消订单 退貨 返品 返金 キャンセル 반품 환불 retoure storno remboursement retour devolución возврат`,
  ),
  known(
    'rate',
    'rate',
    3,
    `rating rated review reviewed product_reviewed product_rated review_submitted 评分 评价 打分 评论 評価 평점 bewertung`,
  ),
  known(
    'dislike',
    'dislike',
    -3,
    `disliked thumbs_down thumbsdown downvote dislikes thumb_down not_for_me 不喜欢 踩 不感兴趣 嫌い 싫어요`,
  ),
  known(
    'hide',
    'hide',
    -3,
    `hidden not_interested block blocked dismiss dismissed report hide_item 屏蔽 隐藏 拉黑`,
  ),
  known('undo', 'undo', 0, `undone undo_dislike undo_hide unhide 撤销 撤回`),
  known('identify', 'identify', 0, `alias identified merge_profiles`),
  known('like', 'wish', 3, `liked thumbs_up thumbsup upvote heart 点赞 赞 喜欢 いいね 좋아요`),
  known('share', 'wish', 4, `shared product_shared 分享 转发 シェア 공유`),
  known('follow', 'wish', 4, `followed subscribe 关注`),
  known('play', 'view', 1, `played play_video video_play listen 播放`),
  known('read', 'view', 1, `article_read 阅读`),
];

function known(type: string, meaning: Meaning, weight: number, names: string): KnownType {
  return { type, meaning, weight, names: [type, ...names.split(/\s+/).filter(Boolean)] };
}

const byName = new Map(knownTypes.flatMap((row) => row.names.map((name) => [name, row] as const)));
const byType = new Map(knownTypes.map((row) => [row.type, row] as const));

/** `Product List Viewed`, `product-list-viewed` and `productListViewed` are one name. */
export const typeKey = (said: string): string =>
  said
    .trim()
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1_$2')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '');

/** The known type behind what a site calls an event. */
export const meaningOfName = (said: string): KnownType | undefined =>
  byName.get(typeKey(said)) ?? byName.get(said.trim().toLowerCase());

/** What a logged type means; undefined where nobody has said. */
export const meaningOf = (type: string): Meaning | undefined => byType.get(type)?.meaning;
