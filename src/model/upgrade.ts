/** A hand-over from one supervisor to the next, told before the first of them goes. */
export interface Upgrade {
  readonly from: { readonly pid: number; readonly version: string };
  /** Which process it will be is not known yet. */
  readonly to: { readonly version: string };
}
