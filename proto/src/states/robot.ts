import type { Table } from "./table.ts";

/** A robot's life as a thing that is owned (MDS, Mender). */
export const assetStates = ["manufactured", "provisioned", "commissioned", "decommissioned", "retired"] as const;
export type AssetState = (typeof assetStates)[number];

export const assetEvents = ["provisioned", "commissioned", "decommissioned", "retired"] as const;
export type AssetEvent = (typeof assetEvents)[number];

/** Only a commissioned robot may enter service. */
export const assetTable: Table<AssetState, AssetEvent> = {
  title: "The robot as an asset",
  summary: "From the factory to retirement.",
  initial: "manufactured",
  states: {
    manufactured: { text: "manufactured", tone: "neutral" },
    provisioned: { text: "provisioned", tone: "neutral" },
    commissioned: { text: "commissioned", tone: "good" },
    decommissioned: { text: "decommissioned", tone: "warn" },
    retired: { text: "retired", tone: "neutral" },
  },
  events: {
    provisioned: "Provision",
    commissioned: "Commission",
    decommissioned: "Decommission",
    retired: "Retire",
  },
  steps: {
    manufactured: { provisioned: "provisioned", commissioned: null, decommissioned: null, retired: null },
    provisioned: { provisioned: null, commissioned: "commissioned", decommissioned: null, retired: null },
    commissioned: { provisioned: null, commissioned: null, decommissioned: "decommissioned", retired: null },
    decommissioned: { provisioned: null, commissioned: "commissioned", decommissioned: null, retired: "retired" },
    retired: { provisioned: null, commissioned: null, decommissioned: null, retired: null },
  },
};

/** Whether a robot may be given work (MDS). */
export const serviceStates = ["out_of_service", "in_service", "maintenance_on_site", "maintenance_depot"] as const;
export type ServiceState = (typeof serviceStates)[number];

export const serviceEvents = [
  "service_started",
  "service_ended",
  "maintenance_started",
  "brought_to_depot",
  "maintenance_ended",
] as const;
export type ServiceEvent = (typeof serviceEvents)[number];

/** Maintenance is entered and left through `out_of_service`, as MDS requires. */
export const serviceTable: Table<ServiceState, ServiceEvent> = {
  title: "The robot's service",
  summary: "Whether the robot may be given work, or is being maintained.",
  initial: "out_of_service",
  states: {
    out_of_service: { text: "out of service", tone: "warn" },
    in_service: { text: "in service", tone: "good" },
    maintenance_on_site: { text: "maintained where it stands", tone: "warn" },
    maintenance_depot: { text: "maintained at the depot", tone: "warn" },
  },
  events: {
    service_started: "Take into service",
    service_ended: "Take out of service",
    maintenance_started: "Maintain on site",
    brought_to_depot: "Bring to the depot",
    maintenance_ended: "End maintenance",
  },
  steps: {
    out_of_service: {
      service_started: "in_service",
      service_ended: null,
      maintenance_started: "maintenance_on_site",
      brought_to_depot: "maintenance_depot",
      maintenance_ended: null,
    },
    in_service: {
      service_started: null,
      service_ended: "out_of_service",
      maintenance_started: null,
      brought_to_depot: null,
      maintenance_ended: null,
    },
    maintenance_on_site: {
      service_started: null,
      service_ended: null,
      maintenance_started: null,
      brought_to_depot: "maintenance_depot",
      maintenance_ended: "out_of_service",
    },
    maintenance_depot: {
      service_started: null,
      service_ended: null,
      maintenance_started: null,
      brought_to_depot: null,
      maintenance_ended: "out_of_service",
    },
  },
};

/** What a robot does (RMF `robot_state`, without `offline`, which is connectivity). */
export const operationalStates = ["uninitialized", "idle", "working", "charging", "error", "shutdown"] as const;
export type OperationalState = (typeof operationalStates)[number];

export const operationalEvents = [
  "initialized",
  "work_started",
  "work_ended",
  "charging_started",
  "charging_ended",
  "error_raised",
  "error_cleared",
  "shut_down",
  "restarted",
] as const;
export type OperationalEvent = (typeof operationalEvents)[number];

/** An error is left to `idle` first: work that it interrupted begins anew. */
export const operationalTable: Table<OperationalState, OperationalEvent> = {
  title: "The robot's operational state",
  summary: "What the robot itself is doing.",
  initial: "uninitialized",
  states: {
    uninitialized: { text: "starting", tone: "neutral" },
    idle: { text: "idle", tone: "good" },
    working: { text: "working", tone: "active" },
    charging: { text: "charging", tone: "active" },
    error: { text: "in error", tone: "bad" },
    shutdown: { text: "shut down", tone: "neutral" },
  },
  events: {
    initialized: "Finish starting",
    work_started: "Start work",
    work_ended: "End work",
    charging_started: "Start charging",
    charging_ended: "End charging",
    error_raised: "Raise an error",
    error_cleared: "Clear the error",
    shut_down: "Shut down",
    restarted: "Restart",
  },
  steps: {
    uninitialized: {
      initialized: "idle",
      work_started: null,
      work_ended: null,
      charging_started: null,
      charging_ended: null,
      error_raised: "error",
      error_cleared: null,
      shut_down: "shutdown",
      restarted: null,
    },
    idle: {
      initialized: null,
      work_started: "working",
      work_ended: null,
      charging_started: "charging",
      charging_ended: null,
      error_raised: "error",
      error_cleared: null,
      shut_down: "shutdown",
      restarted: "uninitialized",
    },
    working: {
      initialized: null,
      work_started: null,
      work_ended: "idle",
      charging_started: null,
      charging_ended: null,
      error_raised: "error",
      error_cleared: null,
      shut_down: "shutdown",
      restarted: "uninitialized",
    },
    charging: {
      initialized: null,
      work_started: "working",
      work_ended: null,
      charging_started: null,
      charging_ended: "idle",
      error_raised: "error",
      error_cleared: null,
      shut_down: "shutdown",
      restarted: "uninitialized",
    },
    error: {
      initialized: null,
      work_started: null,
      work_ended: null,
      charging_started: null,
      charging_ended: null,
      error_raised: null,
      error_cleared: "idle",
      shut_down: "shutdown",
      restarted: "uninitialized",
    },
    shutdown: {
      initialized: null,
      work_started: null,
      work_ended: null,
      charging_started: null,
      charging_ended: null,
      error_raised: null,
      error_cleared: null,
      shut_down: null,
      restarted: "uninitialized",
    },
  },
};
