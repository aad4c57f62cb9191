import { describe, expect, it } from 'vitest';
import { GOALS, judgeGoals } from '../../bench/report/goals.ts';
import { markdownReport } from '../../bench/report/markdown-report.ts';
import type { BenchReport } from '../../bench/report/report.ts';
import { textReport } from '../../bench/report/text-report.ts';
import { resultOf } from '../../bench/result.ts';

const MACHINE = { cpu: 'Some CPU', cores: 2, memoryGb: 24, kernel: '6.1', node: 'v24.0.0', aegis: '0.1.0' };

const REPORT: BenchReport = {
  version: 2,
  date: '2026-01-02T03:04:05.000Z',
  machine: MACHINE,
  versions: { 'tardis-dev': '13.35.3' },
  results: [
    {
      ...resultOf('replay-2', 'rows/s', '2 topics | one component', [1.8e6, 1.6e6, 1.9e6]),
      ratios: [{ to: 'raw-socket', min: 0.2, median: 0.25, max: 0.3 }],
      processes: [
        { name: 'orchestrator', cpuPerMillion: 0.5, peakMb: 151.6 },
        { name: 'component', cpuPerMillion: 0.25, peakMb: 70 },
      ],
      foreign: 0.12,
    },
  ],
  skipped: [{ name: 'nautilus', reason: 'pip failed' }],
  failed: [{ name: 'tapes', reason: 'values differ\nin two places' }],
};

describe('RESULTS.md', () => {
  const text = markdownReport(REPORT);

  it('says on what machine, with what versions, and when', () => {
    expect(text).toContain('on 2026-01-02');
    expect(text).toContain('2 cores of Some CPU, 24 GB, Linux 6.1');
    expect(text).toContain('tardis-dev 13.35.3');
    expect(text).toContain('npm run bench -- --compare');
  });

  it('has spread, ratio, and a mark where others used the machine', () => {
    expect(text).toContain(
      '| `replay-2` | 1.60 M | 1.80 M | 1.90 M | rows/s | 3 | 0.250 raw-socket | up to 12 % | 2 topics \\| one component |',
    );
  });

  it('has CPU time and peak memory of each process, and the sum', () => {
    expect(text).toContain('| `replay-2` | orchestrator 0.50 s / 152 MB<br>component 0.25 s / 70 MB | 0.75 |');
  });

  it('names what was skipped and what failed', () => {
    expect(text).toContain('- `nautilus`: pip failed\n');
    expect(text).toContain('## Failed\n\n- `tapes`: values differ\n');
    expect(textReport(REPORT)).toContain('nautilus was skipped: pip failed');
  });

  it('tells of each goal whether it is met', () => {
    const judged = judgeGoals(REPORT.results);
    const met = judged.filter((goal) => goal.met).map(({ what }) => what);
    expect(met).toEqual(['replay, 2 topics, rows/s', 'replay, 2 topics, to the raw socket']);
    expect(judged).toHaveLength(GOALS.length);
    expect(text).toContain('| replay, 2 topics, rows/s | ≥ 1.70 M | 1.80 M | yes |');
    expect(text).toContain('| ≥ 0.85 | not measured |  |');
  });

  it('a goal at the most is missed above', () => {
    const goal = { what: 'memory', result: 'memory-2-30d', atMost: 200 };
    const results = [resultOf('memory-2-30d', 'MB', '', [201])];
    expect(judgeGoals(results, [goal])).toEqual([{ ...goal, reached: 201, met: false }]);
  });
});
