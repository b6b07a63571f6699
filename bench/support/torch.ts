import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Sizes that both sides train with. */
export interface StepSizes {
  items: number;
  width: number;
  length: number;
  batch: number;
  negatives: number;
  /** Rows of the full cross-entropy. */
  targets: number;
  threads: number;
}

/** The steps that both sides know by name. */
export type StepName = 'sasrec' | 'dropout' | 'gru' | 'full';

/**
 * The same training steps in PyTorch, in a process that waits between its turns: the two sides alternate, so that both
 * see the same machine. Undefined where `python3` (or the interpreter that PYTHON names) has no torch.
 */
export class TorchPeer {
  private readonly answers: AsyncIterator<string>;

  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    readonly version: string,
  ) {
    this.answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  static start(sizes: StepSizes): TorchPeer | undefined {
    const python = process.env.PYTHON ?? 'python3';
    try {
      const version = execFileSync(python, ['-c', 'import torch; print(torch.__version__)'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      return new TorchPeer(spawn(python, ['-c', script(sizes)]), version.trim());
    } catch {
      return undefined;
    }
  }

  /** Milliseconds of each of `count` further steps. */
  async steps(name: StepName, count: number): Promise<number[]> {
    this.child.stdin.write(`${name} ${count}\n`);
    const { value, done } = await this.answers.next();
    if (done) throw new Error(`PyTorch stopped before it answered '${name}'`);
    return JSON.parse(value) as number[];
  }

  stop(): void {
    this.child.stdin.end();
  }
}

/** Adam on the network, SparseAdam on the table, as ours; denormal numbers count as zero, as with us. */
const script = (s: StepSizes): string => `
import json, sys, time, torch, torch.nn as nn, torch.nn.functional as F
torch.set_num_threads(${s.threads})
torch.set_flush_denormal(True)
torch.manual_seed(1)
B, L, D, N, V, T = ${s.batch}, ${s.length}, ${s.width}, ${s.negatives}, ${s.items}, ${s.targets}
class SasRec(nn.Module):
    def __init__(s, rate):
        super().__init__()
        s.rate = rate
        s.pos = nn.Parameter(torch.randn(L, D) * .02)
        s.n1, s.n2, s.n3 = nn.LayerNorm(D), nn.LayerNorm(D), nn.LayerNorm(D)
        s.q, s.k, s.v, s.o, s.a, s.b = [nn.Linear(D, D) for _ in range(6)]
    def forward(s, x):
        drop = lambda t: F.dropout(t, s.rate) if s.rate else t
        x = drop(x + s.pos)
        y = s.n1(x)
        x = x + drop(s.o(F.scaled_dot_product_attention(s.q(y), s.k(y), s.v(y), is_causal=True, dropout_p=s.rate)))
        return s.n3(x + drop(s.b(drop(F.relu(s.a(s.n2(x)))))))
class Gru(nn.Module):
    def __init__(s):
        super().__init__()
        s.gru = nn.GRU(D, D, batch_first=True)
    def forward(s, x):
        return s.gru(x)[0]
class Sampled:
    def __init__(s, model):
        s.model, s.table = model, nn.Embedding(V, D, sparse=True)
        nn.init.normal_(s.table.weight, std=.02)
        s.opts = [torch.optim.SparseAdam(list(s.table.parameters())), torch.optim.Adam(model.parameters())]
        s.hist, s.tgt, s.neg = torch.randint(V, (B, L)), torch.randint(V, (B, L)), torch.randint(V, (N,))
        s.right = torch.zeros(B * L, dtype=torch.long)
    def loss(s):
        h = s.model(s.table(s.hist)).reshape(-1, D)
        right = (h * s.table(s.tgt).reshape(-1, D)).sum(1, keepdim=True)
        return F.cross_entropy(torch.cat([right, h @ s.table(s.neg).T], 1), s.right)
class Full:
    def __init__(s):
        s.table, s.linear = nn.Parameter(torch.randn(V, D) * .02), nn.Linear(D, D)
        s.opts = [torch.optim.Adam([s.table, *s.linear.parameters()])]
        s.hist, s.tgt = torch.randint(V, (T,)), torch.randint(V, (T,))
    def loss(s):
        return F.cross_entropy(s.linear(s.table[s.hist]) @ s.table.T, s.tgt)
made = {}
make = {'sasrec': lambda: Sampled(SasRec(0)), 'dropout': lambda: Sampled(SasRec(.2)), 'gru': lambda: Sampled(Gru()), 'full': Full}
for line in sys.stdin:
    name, count = line.split()
    if name not in made: made[name] = make[name]()
    step, times = made[name], []
    for i in range(int(count)):
        t = time.perf_counter()
        for o in step.opts: o.zero_grad()
        step.loss().backward()
        for o in step.opts: o.step()
        times.append(1000 * (time.perf_counter() - t))
    print(json.dumps(times), flush=True)
`;
