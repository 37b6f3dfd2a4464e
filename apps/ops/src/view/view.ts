/** What the screen shows, all of it in the address: whoever has the link sees the same. */
export interface View {
  readonly tab: "robots" | "deliveries";
  readonly search: string;
  /** Only things in this group of states; null for all. */
  readonly group: string | null;
  /** At most one thing is selected. */
  readonly selected: Selection | null;
  /** Where a small screen has room for one: null for the details of what is selected, else the list. */
  readonly pane: "list" | "map" | null;
}

export interface Selection {
  readonly kind: "robot" | "delivery" | "store" | "hub";
  readonly id: string;
}

export const emptyView: View = { tab: "robots", search: "", group: null, selected: null, pane: null };

const kinds = ["robot", "delivery", "store", "hub"] as const;

/** Reads a query string; what it does not know it leaves out. */
export function parseView(query: string): View {
  const params = new URLSearchParams(query);
  const kind = kinds.find((each) => params.has(each));
  const id = kind === undefined ? null : params.get(kind);
  const pane = params.get("show");
  return {
    tab: params.get("tab") === "deliveries" ? "deliveries" : "robots",
    search: params.get("q") ?? "",
    group: params.get("group"),
    selected: kind !== undefined && id !== null && id !== "" ? { kind, id } : null,
    pane: pane === "list" || pane === "map" ? pane : null,
  };
}

/** The shortest query string that means this view, with its `?`; empty for the empty view. */
export function printView(view: View): string {
  const params = new URLSearchParams();
  if (view.tab !== "robots") params.set("tab", view.tab);
  if (view.search !== "") params.set("q", view.search);
  if (view.group !== null) params.set("group", view.group);
  if (view.selected) params.set(view.selected.kind, view.selected.id);
  if (view.pane !== null) params.set("show", view.pane);
  return params.size === 0 ? "" : `?${params.toString()}`;
}

/** The one thing that a small screen shows. */
export function paneOf({ pane, selected }: View): "list" | "map" | "detail" {
  return pane ?? (selected ? "detail" : "list");
}
