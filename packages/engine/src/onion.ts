type Layer<T, R> = (value: T, next: (changed?: T) => Promise<R>) => Promise<R>;

/** One function of many layers, each around the next, `core` in the middle. A layer that calls `next` twice throws. */
export function onion<T, R>(
  layers: readonly Layer<T, R>[],
  core: (value: T) => Promise<R>,
): (value: T) => Promise<R> {
  return layers.reduceRight<(value: T) => Promise<R>>(
    (inner, layer) => async (value) => {
      let called = false;
      return layer(value, async (changed = value) => {
        if (called) throw new Error("next() was called twice");
        called = true;
        return inner(changed);
      });
    },
    core,
  );
}
