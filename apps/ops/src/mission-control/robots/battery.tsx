import { IconBattery1, IconBattery3, IconBatteryOff } from "@tabler/icons-react";

const icon = { size: 16, "aria-hidden": true } as const;

/** A battery's level; below a fifth low, by its sign and its colour, and `unknown` where nobody measured it. */
export function Battery({ percent }: { readonly percent: number | null }) {
  if (percent === null) {
    return (
      <span className="kb-age kb-quiet mc-battery">
        <IconBatteryOff {...icon} /> unknown
      </span>
    );
  }
  const isLow = percent < 20;
  return (
    <span className={`kb-age mc-battery ${isLow ? "kb-tone-warn-text" : "kb-quiet"}`}>
      {isLow ? <IconBattery1 {...icon} /> : <IconBattery3 {...icon} />}
      <span className="mc-battery-level">
        {isLow && <span className="kb-unseen">low, </span>}
        {Math.round(percent)} %
      </span>
    </span>
  );
}
