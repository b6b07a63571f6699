import type { Role } from './roles.js';

/**
 * Names of columns by what they mean, without case, blanks, dashes and underlines; the first of a list wins. English
 * first, then Chinese, Japanese, Korean, German, French, Spanish, Italian, Portuguese, Russian.
 */
export const synonyms: Record<Role, readonly string[]> = {
  user: words(`user userid customerid customer visitorid visitor householdid householdkey clientid shopper shopperid
    userpseudoid uid reviewerid memberid buyerid buyer accountid anonymousid customeruniqueid customeruserid profileid personid
    customeremail buyeremail email 用户 用户id 用户编号 用户名 会员 会员id 会员编号 顾客 顾客id 客户 客户id 客户编号 买家 买家id 买家账号 买家会员名 买家昵称 会员名 買家 用戶 用戶id 會員
    会員id 会員番号 顧客 顧客id ユーザー ユーザーid 고객 고객id 사용자 kunde kundennummer kundenid kundennr benutzer client numeroclient
    idclient utilisateur cliente idcliente usuario utente клиент пользователь покупатель deviceid cookieid sessionid distinctid buyerusername buyeruserid idcustomer customeridentifier shopperemail useremail 下单账号 下单帐号 购买人 会员账号 会员昵称 會員編號 會員帳號 買家帳號 客戶 客戶編號 客戶id 注文者メールアドレス 注文者id 購入者id 주문자id 주문자 회원id 회원번호 kundenemail clientid codigocliente codecliente codclient codicecliente codigodocliente klient klientid domainuserid fullvisitorid idvisitor`),
  item: words(`itemid stockcode sku productid product movieid articleid videoid goodsid iid asin parentasin item itemsku
    lineitemsku productsku skuid variantid offerid contentid isbn bookid productcode itemcode itemnumber articlenumber
    商品 商品id 商品编号 商品编码 商品代码 产品 产品id 产品编号 货号 宝贝id 物品 物品id 商品番号 商品コード 상품 상품id 상품코드 상품번호 artikel artikelnummer artikelnr artikelid
    produkt produktid produktnummer article produit idproduit referenceproduit producto productoid idproducto articulo prodotto
    articolo codiceprodotto produto idproduto товар артикул itemids productids skus articleids goodsids asins 商品列表 商品id列表 listingid customlabel idproduct productreference productsku referencearticle refarticle refproduit reference ref codearticle codeproduit referencia codigo codigoproducto codigoarticulo codigodoproduto refproducto codice sellersku 商家编码 商品款号 款号 规格编码 商品編號 商品編碼 商品代碼 產品編號 貨號 자체상품코드 품번 indeks kodproduktu productviewsku idactionsku idactionproductsku`),
  time: words(`time timestamp invoicedate orderdate date datetime eventtime eventtimestamp createdat ts unixtime
    unixreviewtime orderedat purchasedat purchasedate orderpurchasetimestamp transactiondate tdat eventdate occurredat sentat
    receivedat originaltimestamp clienttime servertime createdtime visittime 时间 时间戳 日期 下单时间 订单时间 购买时间 付款时间 支付时间 创建时间 行为时间 事件时间 时间日期
    時間 日時 日付 注文日 注文日時 시간 날짜 주문일 주문일시 datum zeit zeitpunkt bestelldatum uhrzeit datecommande heure fecha hora
    fechapedido data datapedido dataordine дата время датазаказа reviewtime saledate datesold paidat datepaid orderplaced orderplacedat orderedon purchasedon transactiontime transactiondatetime eventdatetime eventtimeutc dateadd dateorder dateheure datedecommande dateachat dateheurecommande fechadepedido fechacompra fechaventa fechayhora datadopedido datadellordine bestelltam bestellzeitpunkt kaufdatum belegdatum rechnungsdatum auftragsdatum 订单创建时间 订单付款时间 订单日期 成交时间 交易时间 拍下时间 订购时间 下單時間 訂單時間 訂單日期 購買時間 日期時間 付款時間 購入日時 購入日 注文時間 결제일시 결제일 구매일 dataorder datazamowienia datecreatedgmt datecreated createddate createdon derivedtstamp collectortstamp`),
  // A time of the day is told by its values: see `settleClock`.
  clock: [],
  zone: words(
    'timezone tz zeitzone fuseauhoraire zonahoraria fusoorario fusohorario 时区 時區 タイムゾーン 시간대',
  ),
  type: words(`type event eventtype eventname behavior behaviour behaviortype behaviourtype action actiontype activity
    interaction 行为 行为类型 事件 事件类型 类型 动作 操作 行為 行動 イベント 이벤트 행동 ereignis aktion evenement accion evento azione событие действие eventtext actionname userevent 事件名称 用户行为 操作类型 事件類型 行為類型`),
  order:
    words(`order orderid orderno ordernumber invoiceno invoice invoiceid basketid basket transactionid transaction
    purchaseid receiptid receipt 订单 订单号 订单id 订单编号 交易号 訂單 訂單編號 注文番号 注文id 주문 주문번호 bestellung bestellnummer
    auftragsnummer rechnungsnummer commande numerocommande idcommande pedido idpedido numeropedido ordine numeroordine заказ
    номерзаказа idorder orderidentifier amazonorderid purchaseorder ordername salesordernumber salesorder receiptnumber receiptno bestellid bestellnr auftragsnr belegnummer rechnungsnr numerodecommande nocommande refcommande referencecommande nopedido numerodepedido pedidoid idordine 主订单编号 订单流水号 單號 订单编码 单号 訂單號 訂單號碼 訂單id 注文no nrzamowienia`),
  status:
    words(`orderstatus financialstatus paymentstatus status 订单状态 交易状态 状态 訂單狀態 注文ステータス 주문상태 bestellstatus auftragsstatus
    statut statutcommande estadopedido estado statoordine stato статус статусзаказа`),
  session: words(
    'session sessionid usersession visitid visit idvisit gasessionid 会话 会话id セッション 세션 sitzung сессия',
  ),
  quantity:
    words(`quantitynet quantity qty units count itemquantity lineitemquantity orderquantity amountofitems 数量
    件数 购买数量 个数 個数 수량 menge anzahl stückzahl stueckzahl quantité quantite qté qte cantidad quantità quantita quantidade
    количество quantities qtys productquantity productqty quantityordered orderedquantity quantitysold quantitypurchased unitssold qtyordered qtyinvoiced qtysold itemcount pieces pcs anz stk stck quantitecommandee cantidadpedida quantitaordinata 商品数量 订购数量 销售数量 成交数量 數量 購買數量 件數 注文数 주문수량 판매수량 ilosc`),
  price:
    words(`price unitprice itemprice lineitemprice saleprice sellingprice amount unitcost itemcost 价格 单价 价钱 售价 金额 商品价格 價格
    單價 価格 単価 가격 단가 preis einzelpreis stückpreis prix prixunitaire precio preciounitario prezzo preço preco precounitario
    цена prices itemprices unitpricetaxincl unitpricetaxexcl productprice productunitprice soldfor pricepaid itemunitprice purchaseprice sellprice einzelpreisbrutto einzelpreisnetto stuckpreis verkaufspreis vkpreis prixunitairettc prixunitaireht prixvente puttc precioventa preciounidad precioporunidad prezzounitario 京东价 商品单价 成交价 实付单价 销售价 售價 單品價格 販売価格 판매가 상품가격 단가원 cenajednostkowa cena productviewprice`),
  // Of a line, not of an order: "Total" and "Subtotal" are mostly the order's, on each of its lines.
  total: words(
    'grosssales salesvalue salesamount linetotal lineitemtotal linetotalprice lineamount rowtotal extendedprice zeilensumme 小计 小計',
  ),
  title:
    words(`title description productname producttitle itemname itemtitle lineitemname productdescription movietitle booktitle name 商品名称 商品名
    标题 名称 产品名称 产品名 宝贝标题 標題 商品標題 商品名稱 品名 タイトル 상품명 제목 bezeichnung artikelname artikelbezeichnung produktname titre
    nomproduit désignation designation nombre nombreproducto descripcion nome nomeprodotto titolo título titulo название наименование libelle intitule libelleproduit nomduproduit nombredelproducto nombrearticulo descrizione productdescriptionname 宝贝名称 商品标题 item product article artikel article productviewname`),
  value: words(
    'value rating score stars overall 评分 打分 评价 星级 評分 評価 평점 bewertung note valoración puntuacion valutazione оценка',
  ),
  query: words(
    'query search searchterm searchquery keyword searchstring 搜索 搜索词 关键词 关键字 検索 検索語 검색어 suchbegriff suche recherche busqueda запрос',
  ),
  currency: words(
    'currency currencycode 货币 币种 貨幣 通貨 통화 währung waehrung devise moneda valuta moeda валюта currencyiso isocurrency currencyisocode moedadopedido 币别 幣別 ordercurrency ordercurrencycode presentmentcurrency',
  ),
  attribution: words('attribution recommendationid'),
  context: words('context'),
  // A column "id" may be anything; beside one called "item" it is the id of Endcap's own events.
  id: words('eventid messageid'),
  anonymous: [],
  category:
    words(`category categorycode categoryname productcategory producttype categorypath productviewcategory productviewcategory1 类目 分类 品类 商品类目 商品分类 類別 カテゴリ カテゴリー 카테고리 kategorie
    catégorie categorie categoría categoria категория`),
  brand: words(
    'brand brandname manufacturer vendor 品牌 ブランド 브랜드 marke hersteller marque marca бренд',
  ),
};

/** Names that say what happened and when, in the words of whoever made the file: `transaction_timestamp`, `txnDate`. */
const happened =
  /^(event|order|transaction|trans|txn|purchase|invoice|sales?|checkout|basket|receipt|payment|action|interaction|activity|click|rating|review|record|log)(timestamp|datetime|date|time|ts)$/;
export const saysWhen = (column: string): boolean => happened.test(plainName(column));

/** Names of columns as `plainName` writes them, each once. */
export function words(text: string): string[] {
  return [...new Set(unaccented(text).split(/\s+/).filter(Boolean))];
}

/** Letters of Latin without their accents, as names of columns have them or not. */
function unaccented(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC');
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
  return (
    (column.includes('[') || /^[\w-]+(\.[\w-]+)+$/.test(column) ? column.split('.').at(-1)! : column)
      .normalize('NFKD')
      .replace(/[\u0300-\u036f]/g, '')
      .normalize('NFC')
      .replace(/^g:/, '')
      // WooCommerce's `Quantity (- Refund)` is what is left of the quantity beside it.
      .replace(/\(\s*-\s*refunds?\s*\)$/i, 'net')
      .replace(/:\w+$/, '')
      .replace(/\[\]$/, '')
      .replace(/[\s_\-().#/\\:"'*°]/g, '')
      .toLowerCase()
  );
}

/** The name without what says more of it: a unit in brackets, a "number of". `Preis (€)` is `preis`, `N° client` is `client`. */
export function bareName(column: string): string {
  const bare = column
    .trim()
    .replace(/\s*[([（【][^()[\]（）【】]*[)\]）】]$/, '')
    .replace(
      /^(?:n[°ºo.]\.?|nr\.?|№|num(?:é|e)ro(?: de)?|n(?:ú|u)mero(?: de)?|id(?:entifiant|entificador)?)\s+/i,
      '',
    );
  return plainName(bare);
}

/** What a name of a column says in brackets at its end: `USD` of `Unit Price (USD)`, `元` of `价格(元)`. */
export const unitOfName = (column: string): string | undefined =>
  /[([（【]([^()[\]（）【】]*)[)\]）】]$/.exec(column.trim())?.[1];

const all = new Set(Object.values(synonyms).flat());
export const synonymsKnow = (column: string): boolean =>
  all.has(plainName(column)) || all.has(bareName(column));
