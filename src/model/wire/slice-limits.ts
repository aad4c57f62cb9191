/**
 * Where a historical slice is cut. Only data decides, never time: a stream has the same slices whenever it is cut from
 * one of their borders, so a slice border is a position that everybody agrees on.
 */
export const SLICE_ROWS = 2048;
/** One topic may own a whole slice: it must stay below NATS's default `max_payload` of 1 MB. */
export const SLICE_BYTES = 768 * 1024;
/** Where nobody wants lines the columns of so many slices travel as one: they are a sixth of the bytes. */
export const PACK_SLICES = 4;
export const PACK_ROWS = PACK_SLICES * SLICE_ROWS;

/** Published and not yet credited: memory stays constant and a component that stops reading stops the clock. */
export const WINDOW_SLICES = 16;
export const WINDOW_BYTES = 12 * 1024 * 1024;
