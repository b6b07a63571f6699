/** Reverse-mode differentiation (back-propagation) on the graph itself: gradients are tensors like any other. */
import { add } from './elementwise.js';
import { constant, type Node, type Tensor } from './tensor.js';

/**
 * dLoss/dx for each x in `wrt`. Walks the nodes from the loss back to its inputs; each node turns the gradient of
 * its outputs into gradients of its inputs, and a tensor that is used several times adds up what it is sent.
 */
export function gradients(loss: Tensor, wrt: readonly Tensor[]): (Tensor | undefined)[] {
  const useful = leadingTo(wrt);
  const sent = new Map<Tensor, Tensor>([[loss, constant(1)]]);
  for (const node of nodesBefore([loss]).reverse()) {
    const outputs = node.outputs.map((output) => sent.get(output));
    if (!node.gradient || !outputs.some(Boolean) || !useful(node)) continue;
    const rules = node.gradient(outputs);
    node.inputs.forEach((input, i) => {
      const gradient = rules[i];
      if (!gradient || !useful(input)) return;
      const before = sent.get(input);
      sent.set(input, before ? add(before, gradient) : gradient);
    });
  }
  return wrt.map((tensor) => sent.get(tensor));
}

/** Nodes on which `roots` depend, each after the nodes it needs. */
export function nodesBefore(roots: readonly Tensor[]): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const visit = (start: Tensor): void => {
    if (!start.node || seen.has(start.node)) return;
    seen.add(start.node);
    // An explicit stack: recurrent graphs are deeper than the call stack.
    const stack = [{ node: start.node, next: 0 }];
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const input = top.node.inputs[top.next++];
      if (top.next > top.node.inputs.length) order.push(stack.pop()!.node);
      else if (input?.node && !seen.has(input.node)) {
        seen.add(input.node);
        stack.push({ node: input.node, next: 0 });
      }
    }
  };
  roots.forEach(visit);
  return order;
}

/** Tells whether a tensor or node depends on one of the targets: only those branches are differentiated. */
function leadingTo(targets: readonly Tensor[]): (x: Tensor | Node) => boolean {
  const wanted = new Set<Tensor>(targets);
  const known = new Map<Node, boolean>();
  const tensor = (x: Tensor): boolean => wanted.has(x) || (x.node !== undefined && node(x.node));
  const node = (x: Node): boolean => {
    let answer = known.get(x);
    if (answer === undefined) {
      answer = x.inputs.some(tensor);
      known.set(x, answer);
    }
    return answer;
  };
  return (x) => ('op' in x ? node(x) : tensor(x));
}
