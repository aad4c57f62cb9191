import './main.ts';

/** A data stream server that is up before there is a session for it; who looks at processes sees it as one from then on. */
process.once('message', () => {
  process.title = `node ${import.meta.filename.replace(/spare(?=\.[jt]s$)/, 'main')}`;
});
