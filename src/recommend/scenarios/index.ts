import type { Scenario } from '../../core/index.js';
import type { EngineContext, RankedList, RequestContext } from '../context.js';
import { basket } from './basket.js';
import { complement, similar } from './besideItem.js';
import { home } from './home.js';
import { newest, trending } from './trending.js';

type Rank = (engine: EngineContext, context: RequestContext) => RankedList | Promise<RankedList>;

/** How each scenario ranks. */
export const scenarios: Readonly<Record<Scenario, Rank>> = {
  home,
  similar,
  complement,
  basket,
  trending,
  new: newest,
};
