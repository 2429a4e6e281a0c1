export type Graph = ReadonlyMap<string, readonly string[]>;

/** Everything that can be reached from a node, the node itself among it. */
export function reachableFrom(start: string, graph: Graph): ReadonlySet<string> {
  const reached = new Set([start]);
  for (const node of reached) {
    for (const next of graph.get(node) ?? []) reached.add(next);
  }
  return reached;
}

/** One cycle of the graph, its nodes in order and the first repeated at the end; `undefined` where there is none. */
export function findCycle(graph: Graph): readonly string[] | undefined {
  const finished = new Set<string>();
  const visit = (node: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (finished.has(node)) return undefined;
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next, [...path, node]);
      if (cycle !== undefined) return cycle;
    }
    finished.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const cycle = visit(node, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
