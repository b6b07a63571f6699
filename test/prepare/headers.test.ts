import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EndcapError } from '../../src/core/index.js';
import { scratch } from '../support/events.js';
import { read, reasonsOf, shown } from './support.js';

/** A file as a tool writes it, without a mapping, and the events that a person reads in it, written first. */
interface Case {
  name: string;
  files: Record<string, string>;
  from?: string;
  events?: string[];
  /** Code of the refusal. */
  error?: string;
  reasons?: Record<string, number>;
  /** An item and its title. */
  title?: string[];
}

const cases: Case[] = [
  {
    name: 'a time is known by what happened and when, in the words of the file; the amount of a line by its name',
    files: {
      'transactions.csv': `household_id,basket_id,product_id,quantity,sales_value,week,transaction_timestamp
2261,31,940996,2,3.86,5,1485630413
2131,32,873902,1,1.59,10,1488339117
`,
    },
    events: [
      '2017-01-28T19:06:53.000Z purchase 2261 2x940996@1.93',
      '2017-03-01T03:31:57.000Z purchase 2131 1x873902@1.59',
    ],
  },
  {
    name: 'of two such times nobody knows which',
    files: { 'o.csv': 'user,sku,qty,price,invoice_ts,payment_ts\nu,A,1,5,1485630413,1485630999\n' },
    error: 'missing_column',
  },
  {
    name: 'guests of WooCommerce are known by their address',
    files: {
      'orders.json': JSON.stringify(
        [
          { id: 7, customer_id: 5, billing: { email: 'c@x' } },
          { id: 8, customer_id: 0, billing: { email: 'a@x' } },
          { id: 9, customer_id: 0, billing: { email: 'b@x' } },
        ].map((order) => ({
          ...order,
          status: 'completed',
          currency: 'EUR',
          date_created_gmt: `2025-03-0${order.id}T10:00:00`,
          line_items: [{ product_id: 11, quantity: 2, sku: 'S1', price: 9.5 }],
        })),
      ),
    },
    events: [
      '2025-03-07T10:00:00.000Z purchase 5 2xS1@9.5 EUR',
      '2025-03-08T10:00:00.000Z purchase a@x 2xS1@9.5 EUR',
      '2025-03-09T10:00:00.000Z purchase b@x 2xS1@9.5 EUR',
    ],
  },
  {
    name: 'a Chinese table with full-width digits, ￥, 元 and 万',
    files: {
      'dingdan.csv': `订单号,会员名,商品编码,商品标题,数量,单价,下单时间
１００１,张三,Ａ０１,保湿面膜,２,￥１９．９０,2025年10月7日 09:50
1002,李四,B02,口红,1,"1,299.00元",2025/10/8 10:00
1003,李四,B03,手表,1,1.2万元,2025/10/8 11:00
`,
    },
    events: [
      '2025-10-07T09:50:00.000Z purchase 张三 2xＡ０１@19.9 CNY',
      '2025-10-08T10:00:00.000Z purchase 李四 1xB02@1299 CNY',
      '2025-10-08T11:00:00.000Z purchase 李四 1xB03@12000 CNY',
    ],
  },
  {
    name: 'in a Japanese table ¥ is the yen',
    files: {
      'chumon.csv': '注文番号,会員番号,商品番号,数量,価格,注文日時\n1,A,P1,2,"¥1,980",2025/10/07 9:50\n',
    },
    events: ['2025-10-07T09:50:00.000Z purchase A 2xP1@1980 JPY'],
  },
  {
    name: 'in an English table ¥ may be either',
    files: { 'o.csv': 'order,user,sku,price,date\n1,A,P1,¥1980,2025-10-07\n' },
    events: ['2025-10-07T00:00:00.000Z purchase A 1xP1@1980'],
  },
  {
    name: 'a column of sentences is no rating, whatever its name',
    files: {
      'o.csv': `order,user,sku,quantity,price,date,note
1,u1,A,1,5,2025-01-01,gift wrap please
2,u2,B,2,6,2025-01-02,
3,u3,C,1,7,2025-01-03,2
4,u4,D,1,7,2025-01-04,leave it at the door
`,
    },
    events: [
      '2025-01-01T00:00:00.000Z purchase u1 1xA@5',
      '2025-01-02T00:00:00.000Z purchase u2 2xB@6',
      '2025-01-03T00:00:00.000Z purchase u3 1xC@7',
      '2025-01-04T00:00:00.000Z purchase u4 1xD@7',
    ],
    reasons: {},
  },
  {
    name: 'of two columns called like ratings the one with numbers is',
    files: {
      'r.csv': 'user,item,date,rating,score\nu1,A,2025-01-01,good,5\nu2,A,2025-01-02,bad,1\n',
    },
    events: ['2025-01-01T00:00:00.000Z rate u1 5 1xA', '2025-01-02T00:00:00.000Z rate u2 1 1xA'],
  },
  {
    name: 'a French note of numbers is a rating',
    files: { 'r.csv': 'utilisateur;article;date;note\nu1;A;2025-01-01;4,5\nu2;A;2025-01-02;1\n' },
    events: ['2025-01-01T00:00:00.000Z rate u1 4.5 1xA', '2025-01-02T00:00:00.000Z rate u2 1 1xA'],
  },
  {
    name: 'WooCommerce without its usual headers: what is left after refunds was bought',
    files: {
      'orders.csv': `order,email,sku,Quantity,Quantity (- Refund),price,date
1,a@x,A,3,2,5,2025-01-01
2,b@x,B,1,1,6,2025-01-02
`,
    },
    events: ['2025-01-01T00:00:00.000Z purchase a@x 2xA@5', '2025-01-02T00:00:00.000Z purchase b@x 1xB@6'],
  },
  {
    name: 'Square: the amount of a line, returned too; the zone of a row',
    files: {
      'items.csv': `Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,Gross Sales,Net Sales,Transaction ID,Notes,Event Type,Customer ID
2025-07-07,09:50:25,Eastern Time (US & Canada),Mugs,Blue mug,4,Regular,M1,£39.60,£39.60,T1,,Payment,C1
2025-07-07,09:50:25,Pacific Time (US & Canada),Mugs,Red mug,3,Regular,M2,£10.00,£10.00,T2,,Payment,C2
2025-07-08,09:50:25,Eastern Time (US & Canada),Mugs,Blue mug,-1,Regular,M1,-£9.90,-£9.90,T1,,Refund,C1
`,
    },
    events: [
      '2025-07-07T13:50:25.000Z purchase C1 4xM1@9.9 GBP',
      '2025-07-07T16:50:25.000Z purchase C2 3xM2@3.3333 GBP',
      '2025-07-08T13:50:25.000Z refund C1 1xM1@9.9 GBP',
    ],
  },
  {
    name: 'the amount of a line counts where no column has the price; a zone that is none is not read',
    files: {
      'o.csv': 'order,user,sku,qty,line_total,date,tz\n1,u1,A,2,9.00,2025-01-01 10:00,till 3\n',
    },
    events: ['2025-01-01T10:00:00.000Z purchase u1 2xA@4.5'],
  },
  {
    name: 'Matomo: lines of orders in its tables, and views in its visits',
    files: {
      'log_conversion_item.csv': `idsite,idvisitor,server_time,idvisit,idorder,idaction_sku,idaction_name,price,quantity,deleted
1,9f86d081884c7d65,2025-01-01 10:00:00,77,O1,31,32,9.9,2,0
`,
    },
    events: ['2025-01-01T10:00:00.000Z purchase 9f86d081884c7d65 2x31@9.9'],
  },
  {
    name: 'Matomo: products seen in its visits',
    files: {
      'visits.json': JSON.stringify([
        {
          idVisit: '77',
          visitorId: '9f86d081884c7d65',
          userId: null,
          serverTimestamp: 1735725600,
          actionDetails: [
            {
              type: 'action',
              url: 'https://shop/a',
              timestamp: 1735725600,
              productViewSku: 'A',
              productViewName: 'Mug',
              productViewPrice: 9.9,
            },
            { type: 'action', url: 'https://shop/', timestamp: 1735725700 },
          ],
        },
      ]),
    },
    events: ['2025-01-01T10:00:00.000Z view 9f86d081884c7d65 1xA@9.9'],
  },
  {
    name: 'ratings as stars and as parts of five',
    files: {
      'reviews.csv': `user,item,stars,date
1,31,★★★★☆,2025-01-03
1,32,5/5,2025-01-04
1,33,4 out of 5 stars,2025-01-05
1,34,3星,2025-01-06
1,35,"4,5 von 5",2025-01-07
1,36,⭐⭐,2025-01-08
1,37,good,2025-01-09
`,
    },
    events: [
      '2025-01-03T00:00:00.000Z rate 1 4 1x31',
      '2025-01-04T00:00:00.000Z rate 1 5 1x32',
      '2025-01-05T00:00:00.000Z rate 1 4 1x33',
      '2025-01-06T00:00:00.000Z rate 1 3 1x34',
      '2025-01-07T00:00:00.000Z rate 1 4.5 1x35',
      '2025-01-08T00:00:00.000Z rate 1 2 1x36',
    ],
    reasons: { invalid_number: 1 },
  },
  {
    name: 'Magento order items',
    files: {
      'items.csv': `"increment_id","customer_email","created_at","sku","name","qty_ordered","price","order_currency_code","status"
"000000001","a@x","2025-02-01 10:00:00","SKU1","Mug","2.0000","9.9000","EUR","complete"
"000000002","a@x","2025-02-02 10:00:00","SKU1","Mug","1.0000","9.9000","EUR","canceled"
`,
    },
    events: ['2025-02-01T10:00:00.000Z purchase a@x 2xSKU1@9.9 EUR'],
    reasons: { not_sold: 1 },
  },
  {
    name: 'BigCommerce orders with guests',
    files: {
      'orders.csv': `Order ID,Customer ID,Customer Email,Order Date,Order Status,Product ID,Product Qty,Product Unit Price,Order Currency Code
100,0,a@x,01/31/2025,Completed,77,2,9.99,USD
101,0,b@x,02/01/2025,Shipped,77,1,9.99,USD
`,
    },
    events: [
      '2025-01-31T00:00:00.000Z purchase a@x 2x77@9.99 USD',
      '2025-02-01T00:00:00.000Z purchase b@x 1x77@9.99 USD',
    ],
  },
  {
    name: 'Snowplow events of who is not signed in',
    files: {
      'events.tsv':
        'event_id\tderived_tstamp\tuser_id\tdomain_userid\tevent_name\tproduct_id\n1\t2025-03-10 10:00:00.123\t\td1\tproduct_view\tP1\n',
    },
    events: ['2025-03-10T10:00:00.123Z view d1 1xP1'],
  },
  {
    name: 'amazon ratings 2014 headerless',
    files: {
      'ratings_Beauty.csv':
        'A39HTATAQ9V7YF,0205616461,5.0,1369699200\nA3JM6GV9MNOF9X,0558925278,3.0,1355443200\nA1Z513UWSAAO0F,B00005N5PF,5.0,1404691200\n',
    },
    events: [
      '2012-12-14T00:00:00.000Z rate A3JM6GV9MNOF9X 3 1x0558925278',
      '2013-05-28T00:00:00.000Z rate A39HTATAQ9V7YF 5 1x0205616461',
      '2014-07-07T00:00:00.000Z rate A1Z513UWSAAO0F 5 1xB00005N5PF',
    ],
  },
  {
    name: 'amazon ratings 2018 headerless, item first',
    files: {
      'Beauty.csv': '0143026860,A1V6B6TNIC10QE,1.0,1424304000\nB00005N5PF,A2F5GHSXFQ0W6J,4.0,1418860800\n',
    },
    events: [
      '2014-12-18T00:00:00.000Z rate A2F5GHSXFQ0W6J 4 1xB00005N5PF',
      '2015-02-19T00:00:00.000Z rate A1V6B6TNIC10QE 1 1x0143026860',
    ],
  },
  {
    name: 'amazon headerless with --from',
    files: {
      'ratings_Beauty.csv':
        'A39HTATAQ9V7YF,0205616461,5.0,1369699200\nA3JM6GV9MNOF9X,B005589252,3.0,1355443200\n',
    },
    from: 'amazon-reviews',
    events: [
      '2012-12-14T00:00:00.000Z rate A3JM6GV9MNOF9X 3 1xB005589252',
      '2013-05-28T00:00:00.000Z rate A39HTATAQ9V7YF 5 1x0205616461',
    ],
  },
  {
    name: 'u.data without --from',
    files: {
      'u.data': '196\t242\t3\t881250949\n186\t302\t3\t891717742\n22\t377\t1\t878887116\n',
    },
    events: [
      '1997-11-07T07:18:36.000Z rate 22 1 1x377',
      '1997-12-04T15:55:49.000Z rate 196 3 1x242',
      '1998-04-04T19:22:22.000Z rate 186 3 1x302',
    ],
  },
  {
    name: 'ratings.dat without --from',
    files: {
      'ratings.dat': '1::1193::5::978300760\n1::661::3::978302109\n2::661::4::978302109\n',
    },
    events: [
      '2000-12-31T22:12:40.000Z rate 1 5 1x1193',
      '2000-12-31T22:35:09.000Z rate 1 3 1x661',
      '2000-12-31T22:35:09.000Z rate 2 4 1x661',
    ],
  },
  {
    name: 'taobao UserBehavior headerless',
    files: {
      'UserBehavior.csv':
        '1,2268318,2520377,pv,1511544070\n1,2333346,2520771,fav,1511561733\n100,2576651,149192,buy,1511572885\n100,2576652,149192,cart,1511572886\n',
    },
    events: [
      '2017-11-24T17:21:10.000Z view 1 1x2268318',
      '2017-11-24T22:15:33.000Z wish 1 1x2333346',
      '2017-11-25T01:21:25.000Z purchase 100 1x2576651',
      '2017-11-25T01:21:26.000Z add_to_cart 100 1x2576652',
    ],
  },
  {
    name: 'headerless user,item,event,iso',
    files: {
      'log.csv': 'u1,i1,view,2025-10-07T09:50:25Z\nu2,i2,add_to_cart,2025-10-07T09:51:25Z\n',
    },
    events: ['2025-10-07T09:50:25.000Z view u1 1xi1', '2025-10-07T09:51:25.000Z add_to_cart u2 1xi2'],
  },
  {
    name: 'headerless time first',
    files: {
      'log.tsv': '2025-10-07 09:50:25\tu1\tview\ti1\n2025-10-07 09:51:25\tu2\tpurchase\ti2\n',
    },
    events: ['2025-10-07T09:50:25.000Z view u1 1xi1', '2025-10-07T09:51:25.000Z purchase u2 1xi2'],
  },
  {
    name: 'headerless unclear refused',
    files: {
      'log.csv': '1,5,7,2014-04-07,9\n2,8,9,2014-04-08,3\n',
    },
    error: 'missing_column',
  },
  {
    name: 'price Rp 150.000',
    files: {
      'o.csv': 'order_id,user_id,item_id,time,quantity,price\no1,u1,i1,2025-10-07T09:50:25Z,1,Rp 150.000\n',
    },
    events: ['2025-10-07T09:50:25.000Z purchase u1 1xi1@150000 IDR'],
  },
  {
    name: 'etsy sold order items',
    files: {
      'EtsySoldOrderItems2025.csv':
        'Sale Date,Item Name,Buyer,Quantity,Price,Coupon Code,Order Shipping,Currency,Transaction ID,Listing ID,Date Paid,Order ID,SKU\n10/07/25,Blue mug,Ann (ann1),2,9.90,,0,EUR,4123,999,10/07/25,333,MUG-L\n10/17/25,Red plate,Bob (bob1),1,55.00,,0,EUR,4124,998,10/17/25,334,PLATE-R\n',
    },
    events: [
      '2025-10-07T00:00:00.000Z purchase Ann (ann1) 2xMUG-L@9.9 EUR',
      '2025-10-17T00:00:00.000Z purchase Bob (bob1) 1xPLATE-R@55 EUR',
    ],
  },
  {
    name: 'ebay orders report',
    files: {
      'eBay-OrdersReport.csv':
        '\n"Sales Record Number","Order Number","Buyer Username","Item Number","Item Title","Custom Label","Quantity","Sold For","Sale Date","Paid On Date"\n"101","12-09-111","ann_1","255","Blue mug","MUG-L","2","$9.90","Oct-07-25","Oct-07-25"\n"102","12-09-112","bob_1","256","Red plate","PLATE-R","1","$55.00","Oct-08-25","Oct-08-25"\n',
    },
    events: [
      '2025-10-07T00:00:00.000Z purchase ann_1 2x255@9.9',
      '2025-10-08T00:00:00.000Z purchase bob_1 1x256@55',
    ],
  },
  {
    name: 'amazon seller all orders tsv',
    files: {
      'orders.txt':
        'amazon-order-id\tmerchant-order-id\tpurchase-date\tlast-updated-date\torder-status\tfulfillment-channel\tproduct-name\tsku\tasin\titem-status\tquantity\tcurrency\titem-price\tbuyer-email\n111-1\t\t2025-10-07T09:50:25+00:00\t2025-10-08T09:50:25+00:00\tShipped\tAmazon\tBlue mug\tMUG-L\tB0001\tShipped\t2\tEUR\t19.80\tann@x.com\n111-2\t\t2025-10-07T10:50:25+00:00\t2025-10-08T09:50:25+00:00\tCancelled\tAmazon\tBlue mug\tMUG-L\tB0001\tCancelled\t0\t\t\tbob@x.com\n',
    },
    events: ['2025-10-07T09:50:25.000Z purchase ann@x.com 2xMUG-L@19.8 EUR'],
    reasons: {
      not_sold: 1,
    },
  },
  {
    name: 'prestashop order details',
    files: {
      'ps.csv':
        '"id_order";"id_customer";"product_id";"product_name";"product_quantity";"unit_price_tax_incl";"date_add"\n"5";"12";"31";"Mug";"2";"9.900000";"2025-10-07 09:50:25"\n',
    },
    events: ['2025-10-07T09:50:25.000Z purchase 12 2x31@9.9'],
  },
  {
    name: 'squarespace orders',
    files: {
      'orders.csv':
        'Order ID,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Currency,Subtotal,Shipping,Taxes,Amount Refunded,Total,Discount Code,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku\n00012,ann@x.com,PAID,2025-10-07 09:50:26 +0000,FULFILLED,,EUR,74.80,0,0,0,74.80,,2025-10-07 09:50:25 +0000,2,Blue mug,9.90,MUG-L\n00012,ann@x.com,,,,,,,,,,,,,1,Red plate,55.00,PLATE-R\n',
    },
    events: ['2025-10-07T09:50:25.000Z purchase ann@x.com 2xMUG-L@9.9 1xPLATE-R@55 EUR'],
  },
  {
    name: 'square items detail',
    files: {
      'items.csv':
        'Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,Gross Sales,Net Sales,Transaction ID,Customer ID,Event Type\n2025-10-07,09:50:25,Central European Time,Cups,Blue mug,2,Regular,MUG-L,$19.80,$19.80,TX1,C1,Payment\n2025-10-08,09:50:25,Central European Time,Cups,Blue mug,1,Regular,MUG-L,$9.90,$9.90,TX2,C2,Payment\n',
    },
    events: [
      '2025-10-07T07:50:25.000Z purchase C1 2xMUG-L@9.9',
      '2025-10-08T07:50:25.000Z purchase C2 1xMUG-L@9.9',
    ],
  },
  {
    name: 'german Excel header variants',
    files: {
      'x.csv': 'Kunden-Nr.;Artikel-Nr.;Bestell-Nr.;Anz.;Preis (€);Datum\nK1;A1;B1;2;9,90;07.10.2025\n',
    },
    events: ['2025-10-07T00:00:00.000Z purchase K1 2xA1@9.9 EUR'],
  },
  {
    name: 'french',
    files: {
      'x.csv':
        'N° commande;N° client;Réf. article;Désignation;Qté;Prix unitaire;Date de commande\nC1;K1;A1;Tasse;2;9,90;07/10/2025 09:50\nC2;K2;A1;Tasse;2;9,90;17/10/2025 09:50\n',
    },
    events: [
      '2025-10-07T09:50:00.000Z purchase K1 2xA1@9.9',
      '2025-10-17T09:50:00.000Z purchase K2 2xA1@9.9',
    ],
  },
  {
    name: 'french 2',
    files: {
      'x.csv':
        'Numéro de commande;Identifiant client;Référence;Quantité;Prix;Date\nC1;K1;A1;2;9,90 €;17/10/2025\n',
    },
    events: ['2025-10-17T00:00:00.000Z purchase K1 2xA1@9.9 EUR'],
  },
  {
    name: 'spanish',
    files: {
      'x.csv': 'Pedido;Cliente;Referencia;Cantidad;Precio;Fecha\nP1;C1;A1;2;9,90;17/10/2025\n',
    },
    events: ['2025-10-17T00:00:00.000Z purchase C1 2xA1@9.9'],
  },
  {
    name: 'spanish 2',
    files: {
      'x.csv':
        'Nº pedido;Nº cliente;Código;Cantidad;Precio unitario;Fecha pedido\nP1;C1;A1;2;9,90;17/10/2025\n',
    },
    events: ['2025-10-17T00:00:00.000Z purchase C1 2xA1@9.9'],
  },
  {
    name: 'taobao seller',
    files: {
      'x.csv':
        '订单编号,买家会员名,商家编码,宝贝标题,购买数量,价格,订单状态,订单创建时间\n1001,小红,SKU1,面膜,2,9.90,交易成功,2025-10-07 09:50:25\n1002,小明,SKU1,面膜,1,9.90,交易关闭,2025-10-07 10:50:25\n',
    },
    events: ['2025-10-07T09:50:25.000Z purchase 小红 2xSKU1@9.9'],
    reasons: {
      not_sold: 1,
    },
  },
  {
    name: 'jd',
    files: {
      'x.csv':
        '订单号,下单帐号,商品ID,商品名称,订购数量,京东价,下单时间,订单状态\n1001,jd_a,100,面膜,2,9.90,2025-10-07 09:50:25,完成\n1002,jd_b,100,面膜,2,9.90,2025-10-07 09:50:25,(删除)等待付款\n',
    },
    events: ['2025-10-07T09:50:25.000Z purchase jd_a 2x100@9.9'],
    reasons: {
      not_sold: 1,
    },
  },
  {
    name: 'youzan',
    files: {
      'x.csv':
        '订单号,买家昵称,商品编码,商品数量,商品单价,订单创建时间\nE1,小红,SKU1,2,9.90,2025-10-07 09:50:25\n',
    },
    events: ['2025-10-07T09:50:25.000Z purchase 小红 2xSKU1@9.9'],
  },
  {
    name: 'chinese header with unit',
    files: {
      'x.csv': '订单号,用户,商品,数量(件),价格(元),时间\nE1,u1,SKU1,2,9.90,2025-10-07 09:50:25\n',
    },
    events: ['2025-10-07T09:50:25.000Z purchase u1 2xSKU1@9.9 CNY'],
  },
  {
    name: 'single quotes',
    files: {
      'x.csv':
        "'user_id','item_id','time','title'\n'u1','A1','2025-10-17','it''s, big'\n'u2','A2','2025-10-18','plain'\n",
    },
    events: ['2025-10-17T00:00:00.000Z view u1 1xA1', '2025-10-18T00:00:00.000Z view u2 1xA2'],
    title: ['A1', "it's, big"],
  },
  {
    name: 'single quotes semicolon numbers bare',
    files: {
      'x.csv': "'order_id';'user_id';'item_id';'time';'quantity';'price'\n1;'u1';'A;1';'2025-10-17';2;9.90\n",
    },
    events: ['2025-10-17T00:00:00.000Z purchase u1 2xA;1@9.9'],
  },
  {
    name: 'single quote apostrophes are no quotes',
    files: {
      'x.csv': "user_id,item_id,time,title\n'u1,A1,2025-10-17,'tis\nu2,A2,2025-10-18,rock 'n' roll\n",
    },
    events: ["2025-10-17T00:00:00.000Z view 'u1 1xA1", '2025-10-18T00:00:00.000Z view u2 1xA2'],
    title: ['A1', "'tis"],
  },
  {
    name: 'header with units',
    files: {
      'x.csv':
        'Order ID,Customer ID,SKU,Quantity (pcs),Unit Price (USD),Order Date (UTC)\no1,u1,A1,2,9.90,2025-10-17\n',
    },
    events: ['2025-10-17T00:00:00.000Z purchase u1 2xA1@9.9 USD'],
  },
  {
    name: 'mongoexport',
    files: {
      'x.json':
        '{"_id":{"$oid":"507f1f77bcf86cd799439011"},"user_id":"u1","item_id":"A1","created_at":{"$date":"2025-10-07T09:50:25Z"}}\n{"_id":{"$oid":"507f1f77bcf86cd799439012"},"user_id":"u2","item_id":"A1","created_at":{"$date":{"$numberLong":"1759830625000"}}}\n',
    },
    events: ['2025-10-07T09:50:25.000Z view u1 1xA1', '2025-10-07T09:50:25.000Z view u2 1xA1'],
  },
  {
    name: 'mongo oid user',
    files: {
      'x.json':
        '{"user_id":{"$oid":"507f1f77bcf86cd799439011"},"item_id":"A1","quantity":{"$numberInt":"2"},"price":{"$numberDecimal":"9.90"},"created_at":{"$date":"2025-10-07T09:50:25Z"}}\n',
    },
    events: ['2025-10-07T09:50:25.000Z purchase 507f1f77bcf86cd799439011 2xA1@9.9'],
  },
  {
    name: 'pretty printed concatenated JSON',
    files: {
      'x.json':
        '{\n  "user_id": "u1",\n  "item_id": "A1",\n  "time": "2025-10-17"\n}\n{\n  "user_id": "u2",\n  "item_id": "A2",\n  "time": "2025-10-17"\n}\n',
    },
    events: ['2025-10-17T00:00:00.000Z view u1 1xA1', '2025-10-17T00:00:00.000Z view u2 1xA2'],
  },
  {
    name: 'mixpanel export',
    files: {
      'x.jsonl':
        '{"event":"Product Viewed","properties":{"time":1759830625,"distinct_id":"u1","$insert_id":"a1","product_id":"P1"}}\n',
    },
    events: ['2025-10-07T09:50:25.000Z view u1 1xP1'],
  },
  {
    name: 'segment warehouse csv anonymous',
    files: {
      'x.csv':
        'id,received_at,anonymous_id,user_id,event,product_id\n1,2025-10-07 09:50:25,anon1,,product_viewed,P1\n2,2025-10-07 09:50:25,anon2,u9,product_added,P1\n',
    },
    events: ['2025-10-07T09:50:25.000Z view anon1 1xP1', '2025-10-07T09:50:25.000Z add_to_cart u9 1xP1'],
  },
  {
    name: 'woo line_items in one cell',
    files: {
      'x.csv':
        'order_id,customer_id,date,line_items\n501,7,2025-10-07 09:50:25,"id:1|name:Blue mug|product_id:31|sku:M1|quantity:2|total:19.80;id:2|name:Red plate|product_id:32|sku:P1|quantity:1|total:55.00"\n',
    },
    events: ['2025-10-07T09:50:25.000Z purchase 7 2xM1 1xP1'],
  },
  {
    name: 'numbered item columns',
    files: {
      'x.csv':
        'order_id,user_id,time,sku_1,quantity_1,sku_2,quantity_2\no1,u1,2025-10-07 09:50:25,M1,2,P1,1\no2,u2,2025-10-07 09:50:26,M1,1,,\n',
    },
    events: ['2025-10-07T09:50:25.000Z purchase u1 2xM1 1xP1', '2025-10-07T09:50:26.000Z purchase u2 1xM1'],
  },
];

for (const { name, files, from, events, error, reasons, title } of cases)
  test(name, async (t) => {
    const dir = scratch(t);
    const paths = Object.entries(files).map(([file, text]) => {
      writeFileSync(join(dir, file), text);
      return join(dir, file);
    });
    const found = read(paths, from ? { from } : {});
    if (error) return assert.rejects(found, (fault) => fault instanceof EndcapError && fault.code === error);
    const { events: got, report, items } = await found;
    assert.deepEqual(got.map(shown).toSorted(), events?.toSorted());
    if (reasons) assert.deepEqual(reasonsOf(report), reasons);
    if (title) assert.equal(items.find(({ id }) => id === title[0])?.title, title[1]);
  });

/** Bytes in other encodings than UTF-8, which tests cannot write as text. */
const encoded: { name: string; base64: string; events: string[]; title: string[] }[] = [
  {
    name: 'rakuten sjis',
    base64:
      'ko2VtpTUjYYsko2VtpP6jp4sko2Vto7Sg4GBW4OLg0GDaIOMg1gsj6SVaZTUjYYsj6SVaZa8LIzCkJQsklCJvwoxMDAtMSwyMDI1LTEwLTA3IDA5OjUwOjI1LGFubkB4LmNvbSxBMSyDfYNPg0qDYoN2LDIsOTkwCg==',
    events: ['2025-10-07T09:50:25.000Z purchase ann@x.com 2xA1@990'],
    title: ['A1', 'マグカップ'],
  },
  {
    name: 'cafe24 euc-kr',
    base64:
      'wda5rrn4yKMswda5rsDaSUQsu/PHsMTateUsu/PHsLjtLLz2t64sxse4xbChLMHWua7Az73DCjIwMjUxMDA3LTEsa2ltLFAxLLjTsdfExSwyLDk5MDAsMjAyNS0xMC0wNyAwOTo1MDoyNQo=',
    events: ['2025-10-07T09:50:25.000Z purchase kim 2xP1@9900'],
    title: ['P1', '머그컵'],
  },
  {
    name: 'big5',
    base64:
      'rXGz5r1zuLkst3yt+yyw06t+vXO4uSyw06t+ple62Sy8xrZxLLv5ruYsrsm2oQoxLHUxLEExLKtPwOOtsb2kstWmWCwyLDk5LDIwMjUtMTAtMDcgMDk6NTA6MjUK',
    events: ['2025-10-07T09:50:25.000Z purchase u1 2xA1@99'],
    title: ['A1', '保濕面膜組合'],
  },
  {
    name: 'gb18030',
    base64:
      'tqm1pbHgusUs08O7pyzJzMa3LMnMxrfD+7PGLMr9wb8svNu48SzKsbzkCjEsdTEsQTEssrnLrsPmxKQsMiw5OSwyMDI1LTEwLTA3IDA5OjUwOjI1Cg==',
    events: ['2025-10-07T09:50:25.000Z purchase u1 2xA1@99'],
    title: ['A1', '补水面膜'],
  },
  {
    name: 'windows-1251',
    base64:
      '5+Dq4Oc76uvo5e3yO+Dw8ujq8+s77eDn4uDt6OU76u7r6Pfl8fLi7jv25e3gO+Tg8uAKMTt1MTtBMTvK8PPm6uAg8ejt//87Mjs5LDkwOzE3LjEwLjIwMjUK',
    events: ['2025-10-17T00:00:00.000Z purchase u1 2xA1@9.9'],
    title: ['A1', 'Кружка синяя'],
  },
  {
    name: 'cp1252 euro',
    base64:
      'dXNlcl9pZDtpdGVtX2lkO3RpbWU7dGl0bGU7cHJpY2UKdTE7QTE7MjAyNS0xMC0xNztDYWbpIGNy6G1lIJYgZ3Jv3zs5LDkwIIAK',
    events: ['2025-10-17T00:00:00.000Z purchase u1 1xA1@9.9 EUR'],
    title: ['A1', 'Café crème – groß'],
  },
  {
    name: 'cp1250 polish',
    base64:
      'dXNlcl9pZDtpdGVtX2lkO3RpbWU7dGl0bGUKdTE7QTE7MjAyNS0xMC0xNzujeb9rYSC/87N0YSCcbGljem5hCnUxO0EyOzIwMjUtMTAtMTc7S3ViZWsgYrPqa2l0bnkgeiB1c3praWVtCnUxO0EzOzIwMjUtMTAtMTc7VGFsZXJ6IGez6mJva2kgcupjem5pZSBtYWxvd2FueQo=',
    events: [
      '2025-10-17T00:00:00.000Z view u1 1xA1',
      '2025-10-17T00:00:00.000Z view u1 1xA2',
      '2025-10-17T00:00:00.000Z view u1 1xA3',
    ],
    title: ['A1', 'Łyżka żółta śliczna'],
  },
];

for (const { name, base64, events, title } of encoded)
  test(name, async (t) => {
    const path = join(scratch(t), 'x.csv');
    writeFileSync(path, Buffer.from(base64, 'base64'));
    const { events: got, items } = await read([path]);
    assert.deepEqual(got.map(shown).toSorted(), events.toSorted());
    assert.equal(items.find(({ id }) => id === title[0])?.title, title[1]);
  });

test('what a headerless file does not tell is refused with a command that works', async (t) => {
  const path = join(scratch(t), 'log.csv');
  writeFileSync(path, '1,5,7,2014-04-07,9\n2,8,9,2014-04-08,3\n');
  await assert.rejects(read([path]), (error) => {
    assert.ok(error instanceof EndcapError);
    const mapping = /echo '(.*?)' > mapping.json/.exec(error.remedy ?? '')?.[1];
    assert.deepEqual(JSON.parse(mapping ?? ''), { columns: { user: 1, item: 2, time: 4 } });
    return true;
  });
  const { events } = await read([path], { mapping: { columns: { user: 1, item: 2, time: 4 } } });
  assert.equal(events.length, 2);
});
