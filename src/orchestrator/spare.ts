import './main.ts';

/** An orchestrator that is up before there is a run for it; who looks at processes sees it as one from then on. */
process.once('message', () => {
  process.title = `node ${import.meta.filename.replace(/spare(?=\.[jt]s$)/, 'main')}`;
});
