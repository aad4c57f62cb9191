/** Works through a list, `count` items at a time; the results in the order of the list. */
export async function inParallel<T, R>(
  items: readonly T[],
  count: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, item] = next;
      results[index] = await work(item);
    }
  };
  // All are waited for, so that each has cleaned up before an error is told.
  const settled = await Promise.allSettled(Array.from({ length: count }, worker));
  const failed = settled.find((each) => each.status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  return results;
}
