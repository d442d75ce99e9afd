type Next<T, R> = (changed?: T) => Promise<R>;
export type Layer<T, R> = (value: T, next: Next<T, R>) => Promise<R>;

/** One function of many layers, each around the next, `core` in the middle. A layer that calls `next` twice throws. */
export function onion<T, R>(
  layers: readonly Layer<T, R>[],
): (value: T, core: (value: T) => Promise<R>) => Promise<R> {
  return (value, core) =>
    layers.reduceRight<(value: T) => Promise<R>>(
      (inner, layer) => async (given) => {
        let called = false;
        return layer(given, async (changed = given) => {
          if (called) throw new Error("next() was called twice");
          called = true;
          return inner(changed);
        });
      },
      core,
    )(value);
}
