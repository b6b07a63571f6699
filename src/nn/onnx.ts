/** Writes a graph as an ONNX file: the part of the format that we use, serialised with protobufjs. */
import protobuf from 'protobufjs';
import type { Attribute, Body, ElementType, Tensor } from './tensor.js';

const field = (type: string, id: number) => ({ type, id });
const list = (type: string, id: number) => ({ rule: 'repeated', type, id });

/** Field numbers from onnx.proto. */
const root = protobuf.Root.fromJSON({
  nested: {
    Model: {
      fields: { irVersion: field('int64', 1), opsetImport: list('Opset', 8), graph: field('Graph', 7) },
    },
    Opset: { fields: { domain: field('string', 1), version: field('int64', 2) } },
    Graph: {
      fields: {
        node: list('Node', 1),
        name: field('string', 2),
        initializer: list('TensorData', 5),
        input: list('Value', 11),
        output: list('Value', 12),
      },
    },
    Node: {
      fields: {
        input: list('string', 1),
        output: list('string', 2),
        opType: field('string', 4),
        domain: field('string', 7),
        attribute: list('Attribute', 5),
      },
    },
    Attribute: {
      fields: {
        name: field('string', 1),
        type: field('int32', 20),
        f: field('float', 2),
        i: field('int64', 3),
        s: field('bytes', 4),
        g: field('Graph', 6),
        ints: list('int64', 8),
      },
    },
    TensorData: {
      fields: {
        dims: { ...list('int64', 1), options: { packed: false } },
        dataType: field('int32', 2),
        name: field('string', 8),
        rawData: field('bytes', 9),
      },
    },
    Value: { fields: { name: field('string', 1), type: field('Type', 2) } },
    Type: { fields: { tensorType: field('TensorType', 1) } },
    TensorType: { fields: { elemType: field('int32', 1), shape: field('TensorShape', 2) } },
    TensorShape: { fields: { dim: list('Dimension', 1) } },
    Dimension: { fields: { dimValue: field('int64', 1), dimParam: field('string', 2) } },
  },
});
const Model = root.lookupType('Model');

const elementTypes: Record<ElementType, number> = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 };
const contrib = new Set(['FusedMatMul']);

interface GraphMessage {
  name: string;
  node: object[];
  initializer: object[];
  input: object[];
  output: object[];
}

export interface GraphOutput {
  name: string;
  tensor: Tensor;
}

/** The ONNX model that computes `outputs`. `frozen` gives the values of named inputs that become constants. */
export function encodeModel(outputs: GraphOutput[], frozen: ReadonlyMap<string, Float32Array>): Uint8Array {
  const graph = new GraphWriter(new Map(), { count: 0 }, frozen).write([], outputs);
  const opsetImport = [
    { domain: '', version: 17 },
    { domain: 'com.microsoft', version: 1 },
  ];
  return Model.encode(Model.create({ irVersion: 8, opsetImport, graph })).finish();
}

/** Names the tensors of one graph; the body of a loop gets a writer that also sees the names outside. */
class GraphWriter {
  private readonly message: GraphMessage = {
    name: 'endcap',
    node: [],
    initializer: [],
    input: [],
    output: [],
  };

  /** Names that outputs of the graph must have. */
  private readonly reserved = new Map<Tensor, string>();

  constructor(
    private readonly names: Map<Tensor, string>,
    private readonly counter: { count: number },
    private readonly frozen: ReadonlyMap<string, Float32Array>,
  ) {}

  write(inputs: Tensor[], outputs: GraphOutput[]): GraphMessage {
    for (const input of inputs) this.message.input.push(value(this.fresh(input), input));
    for (const { name, tensor } of outputs)
      if (tensor.node && !this.names.has(tensor)) this.reserved.set(tensor, name);
    for (const { tensor } of outputs) this.visit(tensor);
    for (const { name, tensor } of outputs) {
      const known = this.names.get(tensor)!;
      if (known !== name) this.message.node.push({ opType: 'Identity', input: [known], output: [name] });
      const elemType = elementTypes[tensor.type];
      this.message.output.push({ name, type: { tensorType: { elemType } } });
    }
    return this.message;
  }

  private fresh(tensor: Tensor): string {
    const name = this.reserved.get(tensor) ?? `t${this.counter.count++}`;
    this.names.set(tensor, name);
    return name;
  }

  private visit(start: Tensor): void {
    const stack = [start];
    while (stack.length > 0) {
      const tensor = stack.at(-1)!;
      if (this.names.has(tensor)) stack.pop();
      else if (!tensor.node) {
        this.leaf(tensor);
        stack.pop();
      } else {
        const { inputs, operands } = tensor.node;
        const missing = [...inputs, ...operands].filter((input) => !this.names.has(input));
        if (missing.length > 0) stack.push(...missing);
        else {
          this.node(tensor.node);
          stack.pop();
        }
      }
    }
  }

  private leaf(tensor: Tensor): void {
    const data = tensor.data ?? this.frozen.get(tensor.name ?? '');
    if (data) {
      const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      const dataType = elementTypes[tensor.type];
      this.message.initializer.push({ name: this.fresh(tensor), dims: tensor.shape, dataType, rawData });
      return;
    }
    if (tensor.name === undefined) throw new Error('A loop variable is used outside its loop');
    this.names.set(tensor, tensor.name);
    this.message.input.push(value(tensor.name, tensor));
  }

  private node(node: NonNullable<Tensor['node']>): void {
    const input = node.operands.map((operand) => this.names.get(operand)!);
    const attribute = Object.entries(node.attributes).map(([name, x]) => ({ name, ...this.attribute(x) }));
    const output = node.outputs.map((tensor) => this.fresh(tensor));
    const domain = contrib.has(node.op) ? 'com.microsoft' : '';
    this.message.node.push({ opType: node.op, domain, input, output, attribute });
  }

  private attribute(x: Attribute): object {
    if (typeof x === 'number') return { type: 2, i: x };
    if (typeof x === 'string') return { type: 3, s: new TextEncoder().encode(x) };
    if ('float' in x) return { type: 1, f: x.float };
    if ('body' in x) return { type: 5, g: this.body(x.body) };
    return { type: 7, ints: x };
  }

  private body({ inputs, outputs }: Body): GraphMessage {
    const inner = new GraphWriter(new Map(this.names), this.counter, this.frozen);
    const named = outputs.map((tensor) => ({ name: `t${this.counter.count++}`, tensor }));
    return inner.write(inputs, named);
  }
}

function value(name: string, { type, shape }: Tensor): object {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: elementTypes[type], shape: { dim } } } };
}
