import { keepRoom, withNew } from '../breadth.js';
import type { EngineContext, RankedList, RequestContext } from '../context.js';
import { diversify } from '../diversity.js';
import { boughtAndDue, duePlaces } from '../due.js';
import { handlesOf } from '../eligibility.js';
import { catalogueItems, fill, newItems, popularItems } from '../fallback.js';
import { variantSimilarity } from '../relations.js';
import { repelled } from '../repelled.js';
import { fusedShelf, searchedItems, shelfLists, untaught } from '../shelf.js';

/** A stranger sees something new in every so many places. */
const newEvery = 5;
/**
 * Before a model has learned what goes with what, so many places go to what moves now. On Beauty's validation one brings
 * .068 to .089 where those who come one after the other are after the same things, and costs .002 where they are not.
 */
const untaughtRoom = 1;

/**
 * The model over the profile, fused with what relates to the last things the shopper did in this session (live
 * statistics, so the list moves with each event whatever the model learned), with what is like their items by its
 * title, with what is popular and with what their searches ask for: how much of each is learned with the model. Untouched items come before touched
 * ones, and what is like a disliked one behind what is not. What was bought is not shown again before it is due.
 */
export async function home(engine: EngineContext, context: RequestContext): Promise<RankedList> {
  const { catalogue, relations, model } = engine;
  const { profile, allowed, count } = context;
  const touched = handlesOf(
    catalogue,
    profile.events.map(({ item }) => item),
  );
  for (const id of profile.touchedBefore ?? []) touched.add(catalogue.find(id));
  const shelf = { ...(model?.model.shelf ?? untaught), ...engine.weights };
  const { had, due } = boughtAndDue(engine, profile, context.now, shelf.again ?? true);
  const untouched = (handle: number): boolean =>
    allowed(handle) && !touched.has(handle) && !profile.bought?.has(catalogue.id(handle));
  const down = repelled(engine, profile);
  const fresh = down ? (handle: number): boolean => untouched(handle) && !down(handle) : untouched;
  const wanted = 2 * count + 20;
  const lists = await shelfLists(engine, context, shelf, wanted, fresh);
  const searched = searchedItems(engine, context, wanted, fresh);
  const scores = fusedShelf(engine, lists, shelf, searched).copy();
  const alike = (a: number, b: number): boolean => relations.similarity(a, b) > variantSimilarity;
  const ranked = scores.top(wanted);
  const chosen = (shelf.variants ? ranked : diversify(ranked, alike)).slice(0, count);
  const anyOf = (handle: number): boolean => allowed(handle) && !had.has(handle);
  const popular = (): Iterable<number> => popularItems(engine, context, fresh);
  const guests = new Set<number>();
  function* newest(): Iterable<number> {
    for (const handle of newItems(engine, context, fresh)) {
      guests.add(handle);
      yield handle;
    }
  }
  const related = (handle: number): boolean => scores.get(handle) > 0;
  const room = model?.model.shelf ? 0 : untaughtRoom;
  const personal = keepRoom(chosen, profile, { popular, newest, related }, room).slice(0, count);
  const stranger = personal.length === 0;
  const handles = await fill(personal, count, [
    stranger ? withNew(popular(), newest(), newEvery) : popular(),
    catalogueItems(engine, context, fresh),
    popularItems(engine, context, untouched),
    catalogueItems(engine, context, untouched),
    popularItems(engine, context, anyOf),
    catalogueItems(engine, context, anyOf),
  ]);
  const again = due.filter(allowed).slice(0, duePlaces.length);
  return {
    handles: withDue(handles, again).slice(0, count),
    score: (handle) => scores.get(handle),
    due: new Set(again),
    fresh: guests,
  };
}

function withDue(handles: readonly number[], due: readonly number[]): number[] {
  const list = handles.filter((handle) => !due.includes(handle));
  due.forEach((handle, at) => {
    list.splice(duePlaces[at]!, 0, handle);
  });
  return list;
}
