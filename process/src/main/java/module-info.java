/// Pools of worker processes, and what processes share.
module dev.selvedge.process {
  requires jdk.jfr;
  requires transitive dev.selvedge;
  requires static org.jspecify;

  uses dev.selvedge.process.codec.Codec;

  exports dev.selvedge.process;
  exports dev.selvedge.process.codec;
  exports dev.selvedge.process.shared;

  provides dev.selvedge.spi.PoolProvider with
      dev.selvedge.process.internal.ProcessPoolProvider;
}
