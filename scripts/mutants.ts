import { type Node, parse } from 'acorn';
import { full } from 'acorn-walk';

/** One small fault: the text from `start` to `end` of a compiled file becomes `text`. */
export interface Mutant {
  start: number;
  end: number;
  text: string;
  what: string;
  /** A test that came here saw the fault: an operator is where its left side is, whether or not its right side was needed. */
  reached: number;
}

const swaps: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '&&': '||',
  '||': '&&',
  '??': '&&',
};
const assignments: Readonly<Record<string, string>> = { '+=': '-=', '-=': '+=', '*=': '/=', '??=': '=' };

/** What the compiler writes for a `using`: nobody's decision, so no fault is put there. */
const emitted = /^(var __|const env_\d+ =|env_\d+\.|__)/;

type Operator = Node & { operator: string; left: Node; right: Node };

/** All the faults of these kinds that the source can have: an operator, a literal, a choice, a call left out. */
export function mutantsOf(source: string): Mutant[] {
  const found: Mutant[] = [];
  const helpers: Node[] = [];
  const put = (start: number, end: number, text: string, reached = start): void => {
    const what = `${source.slice(start, end).replace(/\s+/g, ' ').slice(0, 60)} → ${text || 'nothing'}`;
    found.push({ start, end, text, what, reached });
  };
  full(parse(source, { ecmaVersion: 'latest', sourceType: 'module' }), (node) => {
    const isStatement = node.type === 'VariableDeclaration' || node.type === 'ExpressionStatement';
    if (isStatement && emitted.test(source.slice(node.start, node.start + 30))) helpers.push(node);
    switch (node.type) {
      case 'BinaryExpression':
      case 'LogicalExpression':
        return swap(node as Operator, swaps);
      case 'AssignmentExpression':
        return swap(node as Operator, assignments);
      case 'Literal':
        return literal(node as Node & { value: unknown });
      case 'ConditionalExpression': {
        const { test } = node as Node & { test: Node };
        return put(test.start, test.end, 'true');
      }
      case 'IfStatement': {
        const { test, consequent } = node as Node & { test: Node; consequent: Node };
        // Where work gives way to others changes when it is done, not what it comes to.
        if (/^(yield|await pause);$/.test(source.slice(consequent.start, consequent.end))) return;
        return put(test.start, test.end, 'false');
      }
      case 'CallExpression': {
        // The last argument of a helper says whether the `using` is asynchronous.
        const { callee, arguments: given } = node as Node & {
          callee: Node & { name?: string };
          arguments: Node[];
        };
        if (callee.name?.startsWith('__')) helpers.push(...given.slice(-1));
        return;
      }
      case 'ExpressionStatement': {
        const { expression } = node as Node & { expression: Node };
        if (expression.type === 'CallExpression') put(node.start, node.end, ';');
      }
    }
  });
  return found.filter(({ start }) => !helpers.some((node) => node.start <= start && start < node.end));

  function swap({ operator, left, right }: Operator, table: Readonly<Record<string, string>>): void {
    const other = table[operator];
    if (other === undefined) return;
    const start = source.indexOf(operator, left.end);
    // Text that is joined is no number: a minus there only makes NaN of a message.
    const words = operator === '+' && /['"`]/.test(source.slice(left.start, right.end));
    if (start >= 0 && start < right.start && !words) put(start, start + operator.length, other, left.start);
  }

  function literal({ start, end, value }: Node & { value: unknown }): void {
    if (typeof value === 'boolean') put(start, end, String(!value));
    if (typeof value !== 'number') return;
    // A hundred that is a hundred and one is a bound or a time of the same size: no fault that anybody could see.
    const other = value >= 20 ? value * 2 : value === 1 ? 0 : value + 1;
    put(start, end, String(other));
  }
}
