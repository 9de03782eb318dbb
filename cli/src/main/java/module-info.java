/// The `selvedge` command.
module dev.selvedge.cli {
  requires info.picocli;
  requires java.compiler;
  requires jdk.compiler;
  requires static org.jspecify;

  opens dev.selvedge.cli to
      info.picocli;
}
