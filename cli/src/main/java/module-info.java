/// The `selvedge` command.
module dev.selvedge.cli {
  requires dev.selvedge.trace;
  requires info.picocli;
  requires java.compiler;
  requires jdk.compiler;
  requires jdk.jfr;
  requires tools.jackson.jr.ob;
  requires static org.jspecify;

  opens dev.selvedge.cli to
      info.picocli;
}
