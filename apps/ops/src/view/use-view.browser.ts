import { useSyncExternalStore } from "react";
import { parseView, printView, type View } from "./view.ts";

const listeners = new Set<() => void>();
let query = window.location.search;
let view = parseView(query);

window.addEventListener("popstate", refresh);

/** The view in the address bar. */
export function useView(): View {
  return useSyncExternalStore(subscribe, () => view);
}

/** Changes the view. A selection is a step that Back undoes; typing in a search is not. */
export function changeView(change: Partial<View>): void {
  const next = { ...view, ...change };
  const address = `${window.location.pathname}${printView(next)}`;
  if (printView(next) === query) return;
  const isStep = "selected" in change || "tab" in change || "pane" in change;
  if (isStep) window.history.pushState(null, "", address);
  else window.history.replaceState(null, "", address);
  refresh();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function refresh(): void {
  if (query === window.location.search) return;
  query = window.location.search;
  view = parseView(query);
  for (const listener of listeners) listener();
}
