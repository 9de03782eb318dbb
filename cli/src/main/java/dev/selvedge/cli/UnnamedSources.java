package dev.selvedge.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Set;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.JavaFileObject.Kind;
import javax.tools.StandardLocation;
import org.jspecify.annotations.Nullable;

/// The compiler's view of the files, without a `module-info.java` in the source root: a program is
/// compiled into the unnamed module even if it lies among the sources of a module.
final class UnnamedSources extends ForwardingJavaFileManager<JavaFileManager> {
  UnnamedSources(JavaFileManager files) {
    super(files);
  }

  @Override
  public @Nullable JavaFileObject getJavaFileForInput(
      Location location, String className, Kind kind) throws IOException {
    return location == StandardLocation.SOURCE_PATH && className.equals("module-info")
        ? null
        : super.getJavaFileForInput(location, className, kind);
  }

  @Override
  public Iterable<JavaFileObject> list(
      Location location, String packageName, Set<Kind> kinds, boolean recurse) throws IOException {
    var files = super.list(location, packageName, kinds, recurse);
    if (location != StandardLocation.SOURCE_PATH) {
      return files;
    }
    var kept = new ArrayList<JavaFileObject>();
    files.forEach(
        file -> {
          if (!file.isNameCompatible("module-info", Kind.SOURCE)) {
            kept.add(file);
          }
        });
    return kept;
  }
}
