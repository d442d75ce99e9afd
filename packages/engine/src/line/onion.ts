type Next<T, R> = (changed?: T) => Promise<R>;
export type Layer<T, R> = (value: T, next: Next<T, R>) => Promise<R>;

/** One function of many layers, each around the next, `core` in the middle. A layer that calls `next` twice throws. */
export function onion<T, R>(
  layers: readonly Layer<T, R>[],
): (value: T, core: (value: T) => Promise<R>) => Promise<R> {
  return async function enter(value, core, at = 0): Promise<R> {
    const layer = layers[at];
    if (!layer) return core(value);
    let called = false;
    return layer(value, async (changed = value) => {
      if (called) throw new Error("next() was called twice");
      called = true;
      return enter(changed, core, at + 1);
    });
  };
}
