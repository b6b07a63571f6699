import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Marketing } from '../marketing/index.js';
import type { Engine } from '../recommend/index.js';

export interface Metrics {
  /** Events by outcome. */
  events: Counter<'status'>;
  /** Requests that came too often, by the rate they exceeded. */
  refused: Counter<'by'>;
  /** Shoppers whom no public key has named before. */
  newcomers: Counter;
  /** Events of robots. */
  robots: Counter;
  /** Items of events that count nowhere, for nobody put them. */
  uncounted: Counter;
  text(): Promise<string>;
}

/** What Prometheus reads: latency by route, events by outcome, size of the log, memory. */
export function metrics(app: FastifyInstance, engine: Engine, marketing?: Marketing): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const latency = new Histogram({
    name: 'endcap_http_seconds',
    help: 'Time to answer a request',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5],
    registers,
  });
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter<Label>({ name, help, labelNames, registers });
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };
  gauge('endcap_log_offset', 'Events reflected in the state', () => engine.state.offset);
  gauge('endcap_items', 'Items of the catalogue', () => engine.catalogue.size);
  gauge(
    'endcap_unlisted_items',
    'Items that events named, with statistics, and that are in no catalogue',
    () => engine.catalogue.unlisted,
  );
  gauge('endcap_shoppers_resident', 'Shoppers in memory', () => engine.state.shoppers.resident);
  gauge(
    'endcap_online_lag',
    'Events of the log that the online learner is behind',
    () => engine.online?.lag ?? 0,
  );
  gauge('endcap_online_steps', 'Steps of the online learner', () => engine.online?.steps ?? 0);
  gauge(
    'endcap_online_dropped',
    'Steps left out for a number that is none',
    () => engine.online?.dropped ?? 0,
  );
  gauge(
    'endcap_online_limited',
    'Steps left out: one shopper, or one item, had enough',
    () => (engine.online?.repeated ?? 0) + (engine.online?.capped ?? 0),
  );
  gauge('endcap_online_clock_ahead', 'Events whose clock was ahead', () => engine.online?.ahead ?? 0);
  gauge('endcap_online_rolled_back', 'The guard took learning back (1)', () =>
    engine.online?.rolledBack ? 1 : 0,
  );
  if (marketing) {
    gauge(
      'endcap_offer_events_waiting',
      'Events of offers and adverts that an append failed for and that are tried again',
      () => marketing.logging.waiting,
    );
    gauge(
      'endcap_offer_append_failures',
      'Appends of such events that failed',
      () => marketing.logging.failures,
    );
  }
  const labelled = new Map<string, ReturnType<typeof latency.labels>>();
  app.addHook('onResponse', ({ method, routeOptions }, { statusCode: status, elapsedTime }, done) => {
    const { url: route = 'none' } = routeOptions;
    const key = `${method} ${route} ${status}`;
    const series = labelled.get(key) ?? latency.labels({ method, route, status });
    labelled.set(key, series);
    series.observe(elapsedTime / 1000);
    done();
  });
  return {
    events: counter('endcap_events_total', 'Events by outcome', 'status'),
    refused: counter('endcap_too_many_requests_total', 'Requests that came too often, by rate', 'by'),
    newcomers: counter('endcap_new_shoppers_total', 'Shoppers no public key has named before'),
    robots: counter('endcap_robot_events_total', 'Events of robots: kept, and counted nowhere'),
    uncounted: counter('endcap_uncounted_items_total', 'Items of events that count nowhere: in no catalogue'),
    text: () => registry.metrics(),
  };
}
