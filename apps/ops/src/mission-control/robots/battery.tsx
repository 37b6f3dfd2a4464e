import { Text } from "@mantine/core";

/** A battery's level; below a fifth in the colour of a warning, and `unknown` where nobody measured it. */
export function Battery({ percent }: { readonly percent: number | null }) {
  if (percent === null) {
    return (
      <Text span size="sm" className="kb-quiet">
        battery unknown
      </Text>
    );
  }
  return (
    <Text
      span
      size="sm"
      className={percent < 20 ? "kb-tone-warn-text" : "kb-quiet"}
      aria-label={`Battery ${Math.round(percent)} percent`}
    >
      {Math.round(percent)} %
    </Text>
  );
}
