package dev.selvedge.internal;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Writes JSON, for the few answers that this module gives in it: members and elements one after
/// the other, commas by itself. Long texts are cut.
final class JsonText {
  private static final int LONGEST = 300;

  private final StringBuilder text = new StringBuilder();
  private boolean first = true;

  JsonText open(char bracket) {
    comma();
    text.append(bracket);
    first = true;
    return this;
  }

  JsonText close(char bracket) {
    text.append(bracket);
    first = false;
    return this;
  }

  /// Begins a member of an object, whose value follows.
  JsonText name(String name) {
    comma();
    quoted(name);
    text.append(':');
    first = true;
    return this;
  }

  JsonText member(String name, @Nullable String value) {
    return name(name).value(value);
  }

  JsonText member(String name, long value) {
    return name(name).value(value);
  }

  JsonText member(String name, boolean value) {
    name(name).comma();
    text.append(value);
    return this;
  }

  JsonText value(@Nullable String value) {
    comma();
    if (value == null) {
      text.append("null");
    } else {
      quoted(value);
    }
    return this;
  }

  JsonText value(long value) {
    comma();
    text.append(value);
    return this;
  }

  private void comma() {
    if (!first) {
      text.append(',');
    }
    first = false;
  }

  private void quoted(String value) {
    boolean cut = value.length() > LONGEST;
    text.append('"');
    for (int i = 0; i < Math.min(LONGEST, value.length()); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        text.append('\\').append(c);
      } else if (c < ' ' || Character.isSurrogate(c)) {
        text.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        text.append(c);
      }
    }
    text.append(cut ? "… (" + value.length() + " characters)\"" : "\"");
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
