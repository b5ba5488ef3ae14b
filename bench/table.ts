/** One thing that was measured, for each of those who were. */
export interface Table {
  /** Shape: "start-to-exec". */
  readonly name: string;
  readonly unit: string;
  readonly better: 'less' | 'more';
  readonly rows: readonly Row[];
  /** Names of rows: how many times each other row's figure theirs is, is shown. */
  readonly references: readonly string[];
}

export interface Row {
  readonly name: string;
  /** One for each round, or for each event. */
  readonly values: readonly number[];
  /** What the figure consists of. */
  readonly note?: string;
}

/** What one part of the benchmark found out. */
export interface Findings {
  readonly tables: readonly Table[];
  /** What a table cannot say, and what could not be measured. */
  readonly remarks: readonly string[];
}
