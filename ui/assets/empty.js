// The empty window, beside which the bench measures the real one: says when its second frame was painted.
requestAnimationFrame(() => requestAnimationFrame(() => performance.mark("selvedge-painted")));
