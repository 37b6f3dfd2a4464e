import { Center, Text, useComputedColorScheme } from "@mantine/core";
import type { Place } from "@kerbside/proto/base/place";
import { useEffect, useRef, useState } from "react";
import { Wait } from "../page/wait.tsx";
import type { LiveMap } from "./live-map.browser.ts";

export interface CityMapProps {
  readonly label: string;
  readonly center: Place;
  readonly zoom?: number;
  /** The page scrolls under one finger; the map moves under two. */
  readonly isInPage?: boolean;
  /** Given the map once it is there, and null when it has gone. */
  readonly onMap: (map: LiveMap | null) => void;
}

/** The place of the map on a page. MapLibre comes as a chunk of its own; without WebGL the page says so and works on. */
export function CityMap({ label, center, zoom = 13, isInPage = false, onMap }: CityMapProps) {
  const box = useRef<HTMLDivElement>(null);
  const look = useComputedColorScheme("light");
  const [state, setState] = useState<"loading" | "shown" | "failed">("loading");
  const held = useRef<LiveMap | null>(null);
  const first = useRef({ center, zoom, label, isInPage });
  // The colours are known after the first drawing, and may change until the map has come.
  const wanted = useRef(look);

  useEffect(() => {
    wanted.current = look;
    held.current?.setLook(look);
  }, [look]);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    let isGone = false;
    const load = async (): Promise<void> => {
      const { LiveMap } = await import("./live-map.browser.ts");
      if (isGone) return;
      held.current = new LiveMap(element, { ...first.current, look: wanted.current });
      setState("shown");
      onMap(held.current);
    };
    load().catch(() => setState("failed"));
    const watcher = new ResizeObserver(() => held.current?.resize());
    watcher.observe(element);
    return () => {
      isGone = true;
      watcher.disconnect();
      onMap(null);
      held.current?.[Symbol.dispose]();
      held.current = null;
    };
  }, [onMap]);

  return (
    <div style={{ position: "relative", width: "100%", height: "100%" }}>
      <div ref={box} style={{ position: "absolute", inset: 0 }} />
      {state === "loading" && (
        <div style={{ position: "absolute", inset: 0 }}>
          <Wait label="Loading the map" />
        </div>
      )}
      {state === "failed" && (
        <Center pos="absolute" inset={0} p="md">
          <Text className="kb-quiet" ta="center">
            This browser cannot draw the map. Everything else works.
          </Text>
        </Center>
      )}
    </div>
  );
}
