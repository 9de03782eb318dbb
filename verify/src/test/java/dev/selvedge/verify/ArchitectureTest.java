package dev.selvedge.verify;

import static com.tngtech.archunit.core.domain.JavaModifier.PROTECTED;
import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.lang.module.ModuleDescriptor.Exports;
import java.lang.module.ModuleFinder;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What the design forbids and module descriptors cannot express.
final class ArchitectureTest {
  private static final String CORE = "dev.selvedge";
  private static final String SYNC = "dev.selvedge.sync";
  private static final String SPI = "dev.selvedge.spi";
  private static final String MANAGEMENT = "dev.selvedge.management";
  private static final String INTERNAL = "dev.selvedge.internal";
  private static final String RECORDING = "dev.selvedge.internal.recording";
  private static final Set<String> EXPORTED = Set.of(CORE, SYNC, SPI, MANAGEMENT);
  private static final Set<String> KNOWN_TO_SYNC =
      Set.of(
          "dev.selvedge.Action",
          "dev.selvedge.Call",
          "dev.selvedge.Stability",
          "dev.selvedge.Stability$Level",
          "dev.selvedge.Task",
          "dev.selvedge.internal.Holders",
          "dev.selvedge.internal.TaskImpl",
          "dev.selvedge.internal.Problems",
          "dev.selvedge.internal.Times",
          "dev.selvedge.internal.WaitKind",
          "dev.selvedge.internal.Waiter",
          "dev.selvedge.spi.Kernel");
  private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();

  private static final JavaClasses SELVEDGE =
      new ClassFileImporter().importPackages("dev.selvedge");

  @Test
  void coreNeedsTheJdkOnly() {
    classes()
        .that()
        .resideInAnyPackage(CORE, SYNC, SPI, MANAGEMENT, INTERNAL, RECORDING)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..",
            "jdk.jfr..",
            "sun.misc",
            "org.jspecify.annotations",
            CORE,
            SYNC,
            SPI,
            MANAGEMENT,
            INTERNAL,
            RECORDING)
        .check(SELVEDGE);
  }

  /// `dev.selvedge` and its internals know each other, for interfaces make their implementations.
  /// What tasks share knows tasks at most, so that groups and pools can be built on it.
  @Test
  void syncKnowsNeitherGroupsNorPools() {
    classes()
        .that()
        .resideInAPackage(SYNC)
        .should()
        .onlyDependOnClassesThat(
            DescribedPredicate.describe(
                "are of the JDK, of sync, or among " + KNOWN_TO_SYNC,
                type ->
                    type.getPackageName().startsWith("java.")
                        || type.getPackageName().equals("org.jspecify.annotations")
                        || type.getPackageName().equals(SYNC)
                        || type.isPrimitive()
                        || KNOWN_TO_SYNC.contains(type.getBaseComponentType().getName())))
        .check(SELVEDGE);
  }

  @Test
  void eachExportedTypeSaysHowStableItIs() {
    classes()
        .that()
        .resideInAnyPackage(CORE, SYNC, SPI, MANAGEMENT)
        .and()
        .arePublic()
        .and()
        .areTopLevelClasses()
        .should()
        .beAnnotatedWith("dev.selvedge.Stability")
        .check(SELVEDGE);
  }

  @Test
  void eachExportedTypeSaysSinceWhenItIsThere() throws IOException {
    var head =
        Pattern.compile(
            "(?s)\\A.*?\\n(?:@[^\\n]+\\n)*public [\\w@ -]*\\b(?:class|interface|record|enum)\\b");
    List<String> without = new ArrayList<>();
    for (String exported : EXPORTED) {
      Path folder = REPOSITORY.resolve("core/src/main/java").resolve(exported.replace('.', '/'));
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
          var opening = head.matcher(Files.readString(file));
          if (opening.find() && !opening.group().contains("/// @since ")) {
            without.add(REPOSITORY.relativize(file).toString());
          }
        }
      }
    }
    assertEquals(List.of(), without);
  }

  @Test
  void nothingShippedKnowsWhatTestsIt() throws IOException {
    noClasses()
        .that()
        .resideInAnyPackage(CORE, SYNC, SPI, MANAGEMENT, INTERNAL, RECORDING)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.selvedge.testkit..", "dev.selvedge.verify..", "dev.selvedge.bench..")
        .check(SELVEDGE);

    for (String module : List.of("core", "cli")) {
      var dependency =
          Pattern.compile("(?s)<dependency>(?:(?!</dependency>).)*</dependency>")
              .matcher(Files.readString(REPOSITORY.resolve(module).resolve("pom.xml")));
      while (dependency.find()) {
        assertTrue(
            !dependency.group().matches("(?s).*selvedge-(testkit|verify|bench)<.*")
                || dependency.group().contains("<scope>test</scope>"),
            module + " is shipped, and needs " + dependency.group());
      }
    }
  }

  @Test
  void noPackageIsNamedUtilCommonOrImpl() {
    noClasses().should().resideInAnyPackage("..util..", "..common..", "..impl..").check(SELVEDGE);
  }

  @Test
  void noExportedSignatureMentionsInternals() {
    Set<String> leaks = new TreeSet<>();
    for (JavaClass type : SELVEDGE) {
      if (EXPORTED.contains(type.getPackageName()) && isAccessible(type)) {
        Stream.concat(type.getRawSuperclass().stream(), type.getRawInterfaces().stream())
            .filter(above -> above.getPackageName().equals(INTERNAL))
            .forEach(above -> leaks.add(type.getName() + " is a " + above.getName()));
        for (JavaMember member : type.getMembers()) {
          if (isAccessible(member) && mentioned(member).anyMatch(ArchitectureTest::isInternal)) {
            leaks.add(member.getFullName());
          }
        }
      }
    }
    assertEquals(Set.of(), leaks);
  }

  private static boolean isAccessible(JavaClass type) {
    for (JavaClass at = type; at != null; at = at.getEnclosingClass().orElse(null)) {
      if (!at.getModifiers().contains(PUBLIC) && !at.getModifiers().contains(PROTECTED)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isAccessible(JavaMember member) {
    return member.getModifiers().contains(PUBLIC) || member.getModifiers().contains(PROTECTED);
  }

  private static boolean isInternal(JavaClass type) {
    return type.getPackageName().equals(INTERNAL);
  }

  private static Stream<JavaClass> mentioned(JavaMember member) {
    Stream<JavaType> types =
        switch (member) {
          case JavaField field -> Stream.of(field.getType());
          case JavaCodeUnit code ->
              Stream.concat(
                  Stream.of(code.getReturnType()),
                  Stream.concat(
                      code.getParameterTypes().stream(), code.getExceptionTypes().stream()));
          default -> Stream.of();
        };
    return types.flatMap(type -> type.getAllInvolvedRawTypes().stream());
  }

  /// `import module dev.selvedge` in a compact source file would make such a name ambiguous.
  @Test
  void noExportedNameIsOneOfJavaBase() throws IOException, ClassNotFoundException {
    Set<String> ours =
        SELVEDGE.stream()
            .filter(type -> EXPORTED.contains(type.getPackageName()))
            .filter(type -> type.isTopLevelClass() && type.getModifiers().contains(PUBLIC))
            .map(JavaClass::getSimpleName)
            .collect(Collectors.toCollection(TreeSet::new));
    assertTrue(ours.containsAll(Set.of("Task", "Chan", "Kernel")), ours.toString());

    Set<String> colliding = new TreeSet<>();
    for (String name : typesExportedByJavaBase()) {
      if (ours.contains(name.substring(name.lastIndexOf('.') + 1))
          && Modifier.isPublic(
              Class.forName(name, false, ClassLoader.getPlatformClassLoader()).getModifiers())) {
        colliding.add(name);
      }
    }
    assertEquals(Set.of(), colliding);
  }

  private static Set<String> typesExportedByJavaBase() throws IOException {
    var base = ModuleFinder.ofSystem().find("java.base").orElseThrow();
    Set<String> packages =
        base.descriptor().exports().stream()
            .filter(exports -> !exports.isQualified())
            .map(Exports::source)
            .collect(Collectors.toSet());
    Set<String> types = new HashSet<>();
    try (var reader = base.open();
        var names = reader.list()) {
      names
          .filter(name -> name.endsWith(".class") && !name.contains("$"))
          .map(name -> name.substring(0, name.length() - ".class".length()).replace('/', '.'))
          .filter(name -> packages.contains(name.substring(0, Math.max(0, name.lastIndexOf('.')))))
          .forEach(types::add);
    }
    assertTrue(types.contains("java.util.concurrent.Future"), "java.base was read");
    return types;
  }

  @Test
  void everyPackageSaysWhatItIsForAndIsNullMarked() throws IOException {
    List<Path> packages = new ArrayList<>();
    for (Path module : modules()) {
      try (var files = Files.walk(module.resolve("src/main/java"))) {
        files
            .filter(file -> file.toString().endsWith(".java"))
            .filter(file -> !file.endsWith("module-info.java"))
            .map(Path::getParent)
            .distinct()
            .forEach(packages::add);
      }
    }
    assertTrue(packages.size() >= 5, packages.toString());
    List<String> unmarked = new ArrayList<>();
    for (Path folder : packages) {
      Path info = folder.resolve("package-info.java");
      String text = Files.exists(info) ? Files.readString(info) : "";
      if (!text.startsWith("///") || !text.contains("\n@NullMarked\n")) {
        unmarked.add(REPOSITORY.relativize(folder).toString());
      }
    }
    assertEquals(List.of(), unmarked);
  }

  private static List<Path> modules() throws IOException {
    try (var folders = Files.list(REPOSITORY)) {
      return folders.filter(folder -> Files.isDirectory(folder.resolve("src/main/java"))).toList();
    }
  }
}
