import { browserClock } from "@kerbside/apps-kit/time/clock.browser.ts";
import { Button, Text } from "@mantine/core";
import { IconLockOpen } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { type Hold, holdMs, type Press, restingHold, stepHold } from "./hold.ts";
import "./open-button.css";

export interface OpenButtonProps {
  /** Why it cannot be pressed; null when it can. */
  readonly whyNot: string | null;
  readonly isBusy: boolean;
  readonly onOpen: () => void;
}

/** Hold to open, or press twice. */
export function OpenButton({ whyNot, isBusy, onOpen }: OpenButtonProps) {
  const [hold, setHold] = useState<Hold>(restingHold);
  const lastUpMs = useRef(Number.NEGATIVE_INFINITY);
  const isOff = whyNot !== null || isBusy;

  const press = (type: Press["type"]): void => {
    if (isOff) return;
    const next = stepHold(hold, { type, atMs: browserClock.monotonic() });
    setHold(next.hold);
    if (next.opens) onOpen();
  };
  const release = (): void => {
    if (hold.downAtMs === null) return;
    lastUpMs.current = browserClock.monotonic();
    press("up");
  };

  useEffect(() => {
    if (hold.downAtMs === null) return;
    const stopping = new AbortController();
    browserClock.sleep(holdMs, stopping.signal).then(release, () => undefined);
    return () => stopping.abort();
  });

  return (
    <div>
      <Button
        fullWidth
        size="xl"
        h={72}
        className="open-button"
        data-held={hold.downAtMs !== null}
        aria-disabled={isOff}
        data-disabled={isOff}
        loading={isBusy}
        leftSection={<IconLockOpen size={28} aria-hidden />}
        aria-describedby="open-how"
        onPointerDown={() => press("down")}
        onPointerUp={release}
        onPointerLeave={() => setHold((before) => ({ ...before, downAtMs: null }))}
        onKeyDown={(event) => {
          if ((event.key === " " || event.key === "Enter") && !event.repeat) press("down");
        }}
        onKeyUp={release}
        onClick={() => {
          // A pointer's or key's own click follows its release at once; one that stands alone is assistive technology's.
          if (browserClock.monotonic() - lastUpMs.current > 50 && hold.downAtMs === null) press("click");
        }}
        onContextMenu={(event) => event.preventDefault()}
      >
        Hold to open
      </Button>
      <Text id="open-how" size="sm" ta="center" mt="xs" className="kb-quiet" role="status">
        {whyNot ??
          (hold.askedAtMs === null ? "Hold the button for a second, or press it twice." : "Press once more to open.")}
      </Text>
    </div>
  );
}
