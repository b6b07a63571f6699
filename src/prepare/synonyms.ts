import type { Role } from './roles.js';

/**
 * Names of columns by what they mean, without case, blanks, dashes and underlines; the first of a list wins. English
 * first, then Chinese, Japanese, Korean, German, French, Spanish, Italian, Portuguese, Russian.
 */
export const synonyms: Record<Role, readonly string[]> = {
  user: words(`user userid customerid customer visitorid visitor householdid householdkey clientid shopper shopperid
    userpseudoid uid reviewerid memberid buyerid accountid anonymousid customeruniqueid customeruserid profileid personid
    customeremail buyeremail email 用户 用户id 用户编号 用户名 会员 会员id 会员编号 顾客 顾客id 客户 客户id 客户编号 买家 买家id 买家账号 买家会员名 买家昵称 会员名 買家 用戶 用戶id 會員
    会員id 会員番号 顧客 顧客id ユーザー ユーザーid 고객 고객id 사용자 kunde kundennummer kundenid kundennr benutzer client numeroclient
    idclient utilisateur cliente idcliente usuario utente клиент пользователь покупатель deviceid cookieid sessionid`),
  item: words(`item itemid stockcode sku productid product movieid articleid videoid goodsid iid asin parentasin itemsku
    lineitemsku productsku skuid variantid offerid contentid isbn bookid productcode itemcode itemnumber articlenumber
    商品 商品id 商品编号 商品编码 商品代码 产品 产品id 产品编号 货号 宝贝id 物品 物品id 商品番号 商品コード 상품 상품id 상품코드 상품번호 artikel artikelnummer artikelnr artikelid
    produkt produktid produktnummer article produit idproduit referenceproduit producto productoid idproducto articulo prodotto
    articolo codiceprodotto produto idproduto товар артикул itemids productids skus articleids goodsids asins 商品列表 商品id列表`),
  time: words(`time timestamp invoicedate orderdate date datetime eventtime eventtimestamp createdat ts unixtime
    unixreviewtime orderedat purchasedat purchasedate orderpurchasetimestamp transactiondate tdat eventdate occurredat sentat
    receivedat originaltimestamp clienttime servertime createdtime visittime 时间 时间戳 日期 下单时间 订单时间 购买时间 付款时间 支付时间 创建时间 行为时间 事件时间 时间日期
    時間 日時 日付 注文日 注文日時 시간 날짜 주문일 주문일시 datum zeit zeitpunkt bestelldatum uhrzeit datecommande heure fecha hora
    fechapedido data datapedido dataordine дата время датазаказа reviewtime`),
  // A time of the day is told by its values: see `settleClock`.
  clock: [],
  type: words(`type event eventtype eventname behavior behaviour behaviortype behaviourtype action actiontype activity
    interaction 行为 行为类型 事件 事件类型 类型 动作 操作 行為 行動 イベント 이벤트 행동 ereignis aktion evenement accion evento azione событие действие`),
  order:
    words(`order orderid orderno ordernumber invoiceno invoice invoiceid basketid basket transactionid transaction
    purchaseid receiptid receipt 订单 订单号 订单id 订单编号 交易号 訂單 訂單編號 注文番号 注文id 주문 주문번호 bestellung bestellnummer
    auftragsnummer rechnungsnummer commande numerocommande idcommande pedido idpedido numeropedido ordine numeroordine заказ
    номерзаказа`),
  status:
    words(`orderstatus financialstatus paymentstatus status 订单状态 交易状态 状态 訂單狀態 注文ステータス 주문상태 bestellstatus auftragsstatus
    statut statutcommande estadopedido estado statoordine stato статус статусзаказа`),
  session: words(
    'session sessionid usersession visitid visit gasessionid 会话 会话id セッション 세션 sitzung сессия',
  ),
  quantity:
    words(`quantity qty units count itemquantity lineitemquantity orderquantity amountofitems quantityrefund 数量
    件数 购买数量 个数 個数 수량 menge anzahl stückzahl stueckzahl quantité quantite qté qte cantidad quantità quantita quantidade
    количество quantities qtys`),
  price:
    words(`price unitprice itemprice lineitemprice saleprice sellingprice amount unitcost itemcost 价格 单价 价钱 售价 金额 商品价格 價格
    單價 価格 単価 가격 단가 preis einzelpreis stückpreis prix prixunitaire precio preciounitario prezzo preço preco precounitario
    цена prices itemprices`),
  title:
    words(`title description productname producttitle itemname itemtitle lineitemname productdescription movietitle booktitle name 商品名称 商品名
    标题 名称 产品名称 产品名 宝贝标题 標題 商品標題 商品名稱 品名 タイトル 상품명 제목 bezeichnung artikelname artikelbezeichnung produktname titre
    nomproduit désignation designation nombre nombreproducto descripcion nome nomeprodotto titolo título titulo название наименование`),
  value: words(
    'value rating score stars overall 评分 打分 评价 星级 評分 評価 평점 bewertung note valoración puntuacion valutazione оценка',
  ),
  query: words(
    'query search searchterm searchquery keyword searchstring 搜索 搜索词 关键词 关键字 検索 検索語 검색어 suchbegriff suche recherche busqueda запрос',
  ),
  currency: words(
    'currency currencycode 货币 币种 貨幣 通貨 통화 währung waehrung devise moneda valuta moeda валюта',
  ),
  attribution: words('attribution recommendationid'),
  context: words('context'),
  // A column "id" may be anything; beside one called "item" it is the id of Endcap's own events.
  id: words('eventid messageid'),
  anonymous: [],
  category:
    words(`category categorycode categoryname productcategory producttype categorypath 类目 分类 品类 商品类目 商品分类 類別 カテゴリ カテゴリー 카테고리 kategorie
    catégorie categorie categoría categoria категория`),
  brand: words(
    'brand brandname manufacturer vendor 品牌 ブランド 브랜드 marke hersteller marque marca бренд',
  ),
};

function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}

/** `user_id:token`, `User ID` and `userId` are one name; of a path, its last part. */
export function plainName(column: string): string {
  const entry = /(?:^|\.)(items|products|line_items|lineitems|lines)\[\]\.(id|name|title)$/i.exec(column);
  if (entry) return entry[2]!.toLowerCase() === 'id' ? 'itemid' : 'itemname';
  const owned =
    /(?:^|[.\]])(customer|user|buyer|shopper|visitor|member|product|item|order|session)\.(id|email)$/i.exec(
      column,
    );
  if (owned) return `${owned[1]}${owned[2]}`.toLowerCase();
  const amount = /(?:^|[.\]])(price|sale_?price|regular_?price|list_?price)\.(amount|value)$/i.exec(column);
  if (amount) return amount[1]!.replace('_', '').toLowerCase();
  return (column.includes('[') || /^[\w-]+(\.[\w-]+)+$/.test(column) ? column.split('.').at(-1)! : column)
    .normalize('NFKC')
    .replace(/^g:/, '')
    .replace(/:\w+$/, '')
    .replace(/\[\]$/, '')
    .replace(/[\s_\-().#/\\:"'*]/g, '')
    .toLowerCase();
}

const all = new Set(Object.values(synonyms).flat());
export const synonymsKnow = (column: string): boolean => all.has(plainName(column));
