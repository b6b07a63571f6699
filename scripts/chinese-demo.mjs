// Writes data/chinese-demo/products.json: an invented catalogue, the same at every run. Nothing in it is for sale.
import { mkdirSync, writeFileSync } from 'node:fs';

const people = ['男士', '女士', '儿童', '中性'];
const colours = ['黑色', '白色', '深蓝', '浅灰', '草绿', '酒红', '米色', '天蓝'];
const brands = ['云跃', '山岚集', '青禾记', '木棉里', '星屿', '鹿野', '拾光', '白鲸湾'];

/** By category: what the thing is called, what may be said of it, its attribute, and its price in yuan. */
const kinds = {
  跑步鞋: {
    names: ['跑步鞋', '缓震跑鞋', '马拉松跑鞋', '训练跑步鞋'],
    says: ['轻便透气', '缓震回弹', '防滑耐磨', '夜跑反光'],
    sizes: ['eu 38', 'eu 40', 'eu 42', 'eu 44'],
    price: [199, 899],
  },
  徒步鞋: {
    names: ['徒步鞋', '登山鞋', '越野跑鞋', '户外防水鞋'],
    says: ['防水透湿', '高帮护踝', '深齿大底', '耐磨抓地'],
    sizes: ['eu 39', 'eu 41', 'eu 43'],
    price: [259, 1099],
  },
  连衣裙: {
    names: ['连衣裙', '碎花长裙', '针织连衣裙', '衬衫裙'],
    says: ['收腰显瘦', '棉麻透气', '通勤百搭', '夏季新款'],
    sizes: ['S 码', 'M 码', 'L 码'],
    price: [99, 459],
  },
  双肩包: {
    names: ['双肩包', '电脑背包', '旅行背包', '学生书包'],
    says: ['大容量', '防泼水', '减负护脊', '隔层收纳'],
    sizes: ['15 升', '20 升', '30 升'],
    price: [89, 499],
  },
  保温杯: {
    names: ['保温杯', '焖烧杯', '随行咖啡杯', '运动水壶'],
    says: ['长效保温', '316 不锈钢', '一键开盖', '防漏便携'],
    sizes: ['350 毫升', '500 毫升', '750 毫升'],
    price: [39, 219],
  },
  面膜: {
    names: ['补水面膜', '玻尿酸面膜', '舒缓修护面膜', '睡眠面膜'],
    says: ['深层补水', '敏感肌可用', '温和不刺激', '熬夜急救'],
    sizes: ['5 片', '10 片', '20 片'],
    price: [29, 189],
  },
  蓝牙耳机: {
    names: ['蓝牙耳机', '降噪耳机', '运动耳机', '头戴式耳机'],
    says: ['主动降噪', '超长续航', '入耳舒适', '低延迟'],
    sizes: ['续航 24 小时', '续航 36 小时'],
    price: [99, 1299],
  },
  台灯: {
    names: ['护眼台灯', '床头灯', '学习台灯', '夹子灯'],
    says: ['无频闪', '无极调光', '触控开关', '暖光助眠'],
    sizes: ['5 瓦', '8 瓦', '12 瓦'],
    price: [49, 399],
  },
  茶叶: {
    names: ['绿茶', '白茶饼', '乌龙茶', '茉莉花茶'],
    says: ['明前采摘', '清香回甘', '高山生态', '礼盒装'],
    sizes: ['100 克', '250 克', '500 克'],
    price: [39, 599],
  },
  玩具: {
    names: ['积木', '拼图', '毛绒玩具', '遥控小车'],
    says: ['益智启蒙', '安全材质', '亲子互动', '生日礼物'],
    sizes: ['3 岁以上', '6 岁以上'],
    price: [29, 329],
  },
};
const each = 32;

let state = 20_260_101;
const below = (n) => {
  // Park and Miller's generator: small, and the same everywhere.
  state = (state * 48_271) % 2_147_483_647;
  return state % n;
};
const one = (list) => list[below(list.length)];

const products = Object.entries(kinds).flatMap(([category, { names, says, sizes, price }], kind) =>
  Array.from({ length: each }, (_, at) => {
    const [brand, person, colour, name, first, size] = [brands, people, colours, names, says, sizes].map(one);
    const second = one(says.filter((say) => say !== first));
    const [low, high] = price;
    const worn = kind < 3;
    return {
      id: `zh${kind}${String(at).padStart(2, '0')}`,
      title: [brand, worn ? person : '', name, first, second, colour, size].filter(Boolean).join(' '),
      description: `${name}，${first}，${second}。虚构商品，仅供演示。`,
      category,
      brand,
      price: low + below(high - low),
      currency: 'CNY',
      tags: [first, second],
      attributes: { 颜色: colour, ...(worn ? { 适用: person } : {}) },
    };
  }),
);

// Categories take turns, so that a page of the first items shows all of them.
products.sort((a, b) =>
  a.id.slice(3) < b.id.slice(3) ? -1 : a.id.slice(3) > b.id.slice(3) ? 1 : a.id < b.id ? -1 : 1,
);

const folder = new URL('../data/chinese-demo/', import.meta.url);
mkdirSync(folder, { recursive: true });
const lines = products.map((product) => JSON.stringify(product)).join(',\n');
writeFileSync(new URL('products.json', folder), `[\n${lines}\n]\n`);
console.log(`${products.length} invented products`);
