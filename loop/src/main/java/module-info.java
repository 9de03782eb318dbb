/// Coroutines on one thread, and input and output for them and for plain virtual threads.
@SuppressWarnings("module") // the testkit, which shares the internals, is compiled later
module dev.selvedge.loop {
  requires transitive dev.selvedge;
  requires static org.jspecify;

  exports dev.selvedge.loop;
  exports dev.selvedge.loop.internal to
      dev.selvedge.testkit;
  exports dev.selvedge.loop.io;

  provides dev.selvedge.spi.PoolProvider with
      dev.selvedge.loop.internal.EventLoopProvider,
      dev.selvedge.loop.internal.PerCoreProvider;
}
