import { EndcapError, knownTypes } from '../core/index.js';
import { type Duck, quoteText, rows } from './duck.js';
import { localRules } from './rules.js';
import { type Decisions, hasRole, type Settled } from './settled.js';
import { aboutItems } from './values.js';

/** Gives rows of `staged` that break a rule by themselves their `reason`, and says what else looks like no product. */
export async function applyLocalRules(
  { connection }: Duck,
  settled: Settled,
  units: boolean,
  decisions: Decisions,
): Promise<void> {
  const { nonProducts = [] } = settled.mapping;
  const patterns = nonProducts || [];
  await checkPatterns(connection, patterns);
  const [share] = await rows(
    connection,
    `SELECT avg(CASE WHEN regexp_matches(item, '[0-9]{4}') THEN 1.0 ELSE 0 END) AS digits, count(*) AS n
     FROM staged WHERE item IS NOT NULL`,
  );
  const hasOrder = hasRole(settled, 'order');
  const digits = Number(share?.digits ?? 0) >= 0.95 && hasOrder && nonProducts !== false;
  const local = localRules({
    now: settled.now,
    nonProducts: patterns,
    serviceCodes: digits,
    aboutItems: knownTypes.filter(({ type }) => aboutItems(type)).map(({ type }) => type),
  });
  const cases = local.map(([reason, condition]) => `WHEN ${condition} THEN '${reason}'`).join('\n');
  const twice = units ? `copy > 1 AND type <> 'purchase'` : 'copy > 1';
  await connection.run(`UPDATE staged SET reason = CASE WHEN ${twice} THEN 'exact_duplicate' ${cases} END`);
  if (digits) await suggest(connection, decisions);
  if (!hasRole(settled, 'id')) return;
  await connection.run(`UPDATE staged SET reason = 'reused_id' FROM (SELECT event_id AS id, first(user_id ORDER BY n) AS owner,
      first(type ORDER BY n) AS named FROM staged WHERE reason IS NULL AND event_id IS NOT NULL GROUP BY event_id)
    WHERE reason IS NULL AND event_id = id AND (user_id <> owner OR type <> named)`);
}

/** Says which kept items look like services among products, and how to leave them out. */
async function suggest(connection: Duck['connection'], decisions: Decisions): Promise<void> {
  const kinds = [
    ['items without four digits, where nearly all have them', `NOT regexp_matches(item, '[0-9]{4}')`],
    ['items called gift… or test…', `regexp_matches(item, '(?i)^(gift|test)')`],
  ] as const;
  for (const [rule, condition] of kinds) {
    const found = await rows(
      connection,
      `SELECT item, count(*) AS n FROM staged WHERE reason IS NULL AND ${condition} GROUP BY item ORDER BY n DESC, item`,
    );
    if (found.length === 0) continue;
    const examples = found.slice(0, 5).map(({ item }) => String(item));
    decisions.suggestions.push({
      rule,
      rows: found.reduce((sum, { n }) => sum + Number(n), 0),
      examples,
      remedy: `Kept. If they are no products: {"nonProducts":${JSON.stringify(examples.map(escapePattern))}} in a mapping file`,
    });
  }
}

const escapePattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

async function checkPatterns(connection: Duck['connection'], patterns: readonly string[]): Promise<void> {
  for (const [at, pattern] of patterns.entries()) {
    await connection.run(`SELECT regexp_full_match('', ${quoteText(pattern)})`).catch((cause: Error) => {
      throw new EndcapError('invalid_mapping', `The mapping has the pattern "${pattern}"`, {
        errors: [{ field: `nonProducts.${at}`, message: cause.message.split('\n')[0]! }],
        remedy: 'Write a regular expression as RE2 takes it',
        cause,
      });
    });
  }
}
