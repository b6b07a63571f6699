import Type, { type Static } from 'typebox';
import { bareName, plainName, words } from './synonyms.js';

/** The meanings a column of a catalogue may have. */
export const itemRoles = [
  'id',
  'title',
  'description',
  'category',
  'brand',
  'price',
  'salePrice',
  /** The price before a reduction: then `price` is the reduced one. */
  'comparePrice',
  'currency',
  'image',
  'stock',
  'availability',
  'status',
  'tags',
  'from',
  'until',
] as const;
export type ItemRole = (typeof itemRoles)[number];

const OneColumn = Type.Union([Type.String({ minLength: 1 }), Type.Integer({ minimum: 1 })]);
const ColumnRef = Type.Optional(Type.Union([OneColumn, Type.Array(OneColumn, { maxItems: 20 })]));

/** How the columns of a catalogue become fields of items: part `catalogue` of a mapping. */
export const ItemMapping = Type.Object(
  {
    headers: Type.Optional(Type.Array(Type.Array(Type.String(), { minItems: 1 }))),
    columns: Type.Optional(
      Type.Object(
        Object.fromEntries(itemRoles.map((role) => [role, ColumnRef])) as Record<ItemRole, typeof ColumnRef>,
        { additionalProperties: false },
      ),
    ),
    header: Type.Optional(
      Type.Union([Type.Boolean(), Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })]),
    ),
    delimiter: Type.Optional(Type.String({ minLength: 1, maxLength: 8 })),
    /** Column whose rows belong together: later ones take from the first what they lack. */
    group: Type.Optional(Type.String()),
    /** What parts lists, such as tags, in a cell. */
    separator: Type.Optional(Type.String({ minLength: 1, maxLength: 4 })),
    /** Columns that become attributes; all that mean nothing else when absent. */
    attributes: Type.Optional(Type.Array(Type.String())),
    /** Columns of yes and no whose names are tags, such as genres. */
    flags: Type.Optional(Type.Array(Type.String())),
  },
  { additionalProperties: false },
);
export type ItemMapping = Static<typeof ItemMapping>;

/** Names of columns of catalogues, plain; the first of a list wins. */
export const itemSynonyms: Record<ItemRole, readonly string[]> = {
  id: words(`id itemid productid sku item stockcode articleid movieid asin parentasin goodsid offerid variantsku productsku
    itemcode productcode iid handle code 商品id 商品编号 商品编码 商品 产品id 产品编号 货号 商品番号 商品コード 상품id 상품번호 artikelnummer artikelnr referencia référence артикул`),
  title:
    words(`title name producttitle productname itemname itemtitle prodname movietitle booktitle 商品名称 標題 商品標題 商品名稱 商品名 标题 名称 产品名称 品名 タイトル 상품명 bezeichnung
    artikelname produktname titre nombre nome titolo название наименование product item article artikel produkt produit producto produto prodotto`),
  description:
    words(`description productdescription shortdescription longdescription bodyhtml body details detaildesc about overview 描述 商品描述
    详情 商品详情 说明 説明 설명 beschreibung descripción descripcion descrizione descrição описание`),
  category:
    words(`category categorypath categories producttype googleproductcategory type productcategory categoryname productcategoryname
    categoryfullpath maincategory department genres genre producttypename categorycode class 类目 分类 商品类目 商品分类 品类 カテゴリ 카테고리 kategorie catégorie categorie categoría
    categoria категория`),
  brand: words(
    'brand brandname manufacturer vendor store maker label 品牌 ブランド 브랜드 marke hersteller marque marca бренд',
  ),
  price:
    words(`price unitprice regularprice listprice productprice priceminusd itemprice marketprice 价格 单价 售价 原价 价钱 価格 定価 가격 정가 preis prix precio prezzo
    preço preco цена`),
  salePrice: words(
    'saleprice specialprice discountprice discountedprice offerprice promoprice 促销价 折扣价 优惠价 特价 セール価格 할인가 angebotspreis prixpromo preciooferta',
  ),
  comparePrice: words('compareatprice variantcompareatprice comparedatprice msrp rrp uvp 划线价 市场价'),
  currency: words('currency currencycode 货币 币种 通貨 통화 währung devise moneda valuta валюта'),
  image: words(
    `image imagelink imageurl imagesrc images img picture photo thumbnail mainimage 图片 主图 商品图片 画像 이미지 bild bildurl imagen immagine imagem изображение`,
  ),
  stock:
    words(`stock inventory stockquantity inventoryquantity variantinventoryqty quantity qty onhand unitsinstock quantityavailable 库存 库存数量 在庫 재고 bestand lagerbestand existencias
    giacenza estoque остаток`),
  availability: words(
    'availability instock stockstatus instockany available 是否有货 有货 verfügbarkeit disponibilité disponibilidad',
  ),
  status: words('status published active withdrawn visible 状态 是否上架'),
  tags: words('tags tag keywords labels 标签 关键词 タグ 태그 schlagworte étiquettes etiquetas'),
  from: words(
    'from availablefrom availabilitydate startdate validfrom datepublished publishedat publisheddate publishdate createdat datecreated dateadded addedat 上架时间 上架日期 发布时间',
  ),
  until: words('until availableuntil expirationdate enddate validuntil 下架时间'),
};

const known = new Set(Object.values(itemSynonyms).flat());
export const isItemColumn = (column: string): boolean =>
  known.has(plainName(column)) || known.has(bareName(column));
