import { ActionIcon, Button, createTheme, type MantineColorsTuple, SegmentedControl, TextInput } from "@mantine/core";

/** Kerb green, from a breath of it to nearly black. */
const kerb: MantineColorsTuple = [
  "#e6f7f4",
  "#d0ece6",
  "#a2dacd",
  "#70c6b3",
  "#48b59d",
  "#2eab8f",
  "#1c9a80",
  "#0e8069",
  "#0b6b5d",
  "#05493f",
];

/** Darker fills in light and lighter ones in dark, with the text that reads on them; targets as wide as a finger. */
export const theme = createTheme({
  colors: { kerb },
  primaryColor: "kerb",
  primaryShade: { light: 8, dark: 4 },
  autoContrast: true,
  luminanceThreshold: 0.35,
  defaultRadius: "md",
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  components: {
    ActionIcon: ActionIcon.extend({ classNames: { root: "kb-target" } }),
    Button: Button.extend({ classNames: { root: "kb-target kb-button" } }),
    SegmentedControl: SegmentedControl.extend({ classNames: { label: "kb-target kb-segment" } }),
    TextInput: TextInput.extend({ classNames: { input: "kb-target" } }),
  },
});
