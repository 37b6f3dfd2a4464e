import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { stepTo } from "./step.ts";
import "./virtual-list.css";

export interface VirtualListProps<T> {
  readonly label: string;
  readonly items: readonly T[];
  readonly rowHeightPx: number;
  readonly keyOf: (item: T) => string;
  readonly selectedKey: string | null;
  readonly onSelect: (item: T) => void;
  /** Told which row a pointer or the keyboard is at; null for none. */
  readonly onPoint?: (item: T | null) => void;
  readonly row: (item: T) => ReactNode;
  /** What stands here when there is nothing. */
  readonly empty: ReactNode;
}

/**
 * A list of any length of which only what is seen is drawn. Arrow keys (or j and k), Page, Home and End move a mark
 * through it, Enter or Space selects what is marked. Rows keep their height, so that nothing moves under a finger.
 */
export function VirtualList<T>(props: VirtualListProps<T>) {
  const { label, items, rowHeightPx, keyOf, selectedKey, onSelect, onPoint, row, empty } = props;
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [markedKey, setMarkedKey] = useState<string | null>(null);
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeightPx,
    overscan: 6,
    getItemKey: (index) => {
      const item = items[index];
      return item === undefined ? index : keyOf(item);
    },
  });
  const indexOf = (key: string | null): number => (key === null ? -1 : items.findIndex((item) => keyOf(item) === key));
  const selectedIndex = indexOf(selectedKey);
  const shownFor = useRef<string | null>(null);

  useEffect(() => {
    if (selectedIndex < 0 || shownFor.current === selectedKey) return;
    shownFor.current = selectedKey;
    virtualizer.scrollToIndex(selectedIndex, { align: "auto" });
  }, [selectedIndex, selectedKey, virtualizer]);

  const mark = (index: number): void => {
    const item = items[index];
    if (item === undefined) return;
    setMarkedKey(keyOf(item));
    onPoint?.(item);
    virtualizer.scrollToIndex(index, { align: "auto" });
  };
  const press = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const at = indexOf(markedKey);
    if (event.key === "Enter" || event.key === " ") {
      const item = items[at];
      if (item !== undefined) onSelect(item);
      event.preventDefault();
      return;
    }
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 0) / rowHeightPx) - 1);
    const to = stepTo(event.key, { at, count: items.length, page });
    if (to === null) return;
    event.preventDefault();
    mark(to);
  };

  if (items.length === 0) return <>{empty}</>;
  return (
    <div ref={box} className="kb-list-box" onPointerLeave={() => onPoint?.(null)}>
      <div
        role="listbox"
        aria-label={label}
        aria-activedescendant={indexOf(markedKey) < 0 ? undefined : `${id}-${markedKey}`}
        tabIndex={0}
        onKeyDown={press}
        onFocus={({ currentTarget }) => {
          // A pointer marks what it points at; only the keyboard needs a place to begin.
          if (!currentTarget.matches(":focus-visible") || indexOf(markedKey) >= 0) return;
          mark(selectedIndex < 0 ? (virtualizer.range?.startIndex ?? 0) : selectedIndex);
        }}
        onBlur={() => {
          setMarkedKey(null);
          onPoint?.(null);
        }}
        className="kb-list"
        style={{ height: virtualizer.getTotalSize() }}
      >
        {virtualizer.getVirtualItems().map(({ index, start }) => {
          const item = items[index];
          if (item === undefined) return null;
          const key = keyOf(item);
          return (
            <div
              key={key}
              id={`${id}-${key}`}
              role="option"
              aria-selected={key === selectedKey}
              aria-posinset={index + 1}
              aria-setsize={items.length}
              className="kb-list-row"
              data-marked={key === markedKey}
              style={{ height: rowHeightPx, transform: `translateY(${start}px)` }}
              onPointerEnter={() => onPoint?.(item)}
              onClick={() => {
                setMarkedKey(key);
                onSelect(item);
              }}
            >
              {row(item)}
            </div>
          );
        })}
      </div>
    </div>
  );
}
