package dev.selvedge.testkit;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The lines of a stack that say where code under test is.
///
/// @param lines those outside of the JDK and of Selvedge, from the top; all, if there are none
record Frames(List<String> lines) {
  private static final int SHOWN = 3;
  private static final Pattern SELVEDGE =
      Pattern.compile("dev\\.selvedge\\.((internal|sync|spi|loop|loop\\.internal)\\.)?[A-Z].*");
  private static final Set<Class<?>> OURS =
      Set.of(SeededKernel.class, Exploration.class, ExploreExtension.class);

  static Frames of(StackTraceElement[] stack) {
    List<String> own =
        Stream.of(stack).filter(Frames::isOwn).map(StackTraceElement::toString).toList();
    return new Frames(
        own.isEmpty() ? Stream.of(stack).map(StackTraceElement::toString).toList() : own);
  }

  private static boolean isOwn(StackTraceElement frame) {
    String type = frame.getClassName();
    return !type.startsWith("java.")
        && !type.startsWith("jdk.")
        && !type.startsWith("org.junit.")
        && !SELVEDGE.matcher(type).matches()
        && OURS.stream().noneMatch(ours -> (type + "$").startsWith(ours.getName() + "$"));
  }

  /// {@return the first lines, indented}
  String top() {
    return text(lines.stream().limit(SHOWN));
  }

  /// {@return all lines, indented}
  String all() {
    return text(lines.stream());
  }

  private static String text(Stream<String> lines) {
    StringBuilder text = new StringBuilder();
    lines.forEach(line -> text.append("      at ").append(line).append('\n'));
    return text.toString();
  }
}
