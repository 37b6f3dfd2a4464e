import { ScrollArea } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";
import "./virtual-list.css";

export interface VirtualListProps<T> {
  readonly label: string;
  readonly items: readonly T[];
  readonly rowHeightPx: number;
  readonly keyOf: (item: T) => string;
  readonly selectedKey: string | null;
  readonly onSelect: (item: T) => void;
  readonly row: (item: T) => ReactNode;
  /** What stands here when there is nothing. */
  readonly empty: ReactNode;
}

/**
 * A list of any length of which only what is seen is drawn. One item is selected; arrow keys, Home and End move through
 * it, Enter selects. Rows keep their height, so that nothing moves under a finger.
 */
export function VirtualList<T>({
  label,
  items,
  rowHeightPx,
  keyOf,
  selectedKey,
  onSelect,
  row,
  empty,
}: VirtualListProps<T>) {
  const viewport = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => viewport.current,
    estimateSize: () => rowHeightPx,
    overscan: 8,
    getItemKey: (index) => {
      const item = items[index];
      return item === undefined ? index : keyOf(item);
    },
  });
  const selectedIndex = items.findIndex((item) => keyOf(item) === selectedKey);
  const shownFor = useRef<string | null>(null);

  useEffect(() => {
    if (selectedIndex < 0 || shownFor.current === selectedKey) return;
    shownFor.current = selectedKey;
    virtualizer.scrollToIndex(selectedIndex, { align: "auto" });
  }, [selectedIndex, selectedKey, virtualizer]);

  const move = (event: KeyboardEvent): void => {
    const to = targetOf(event.key, selectedIndex, items.length);
    const item = to === null ? undefined : items[to];
    if (!item) return;
    event.preventDefault();
    onSelect(item);
  };

  if (items.length === 0) return <>{empty}</>;
  return (
    <ScrollArea viewportRef={viewport} h="100%" type="auto">
      <div
        role="listbox"
        aria-label={label}
        aria-activedescendant={selectedKey === null ? undefined : `${label}-${selectedKey}`}
        tabIndex={0}
        onKeyDown={move}
        className="kb-list"
        style={{ height: virtualizer.getTotalSize() }}
      >
        {virtualizer.getVirtualItems().map(({ index, key, start }) => {
          const item = items[index];
          if (item === undefined) return null;
          const isSelected = index === selectedIndex;
          return (
            <div
              key={key}
              id={`${label}-${keyOf(item)}`}
              role="option"
              aria-selected={isSelected}
              aria-posinset={index + 1}
              aria-setsize={items.length}
              className="kb-list-row"
              style={{ height: rowHeightPx, transform: `translateY(${start}px)` }}
              onClick={() => onSelect(item)}
            >
              {row(item)}
            </div>
          );
        })}
      </div>
    </ScrollArea>
  );
}

function targetOf(key: string, from: number, count: number): number | null {
  switch (key) {
    case "ArrowDown":
      return Math.min(count - 1, from + 1);
    case "ArrowUp":
      return Math.max(0, from - 1);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return null;
  }
}
