"""XPath as ODK forms speak it: lexer, parser, compiler to closures, values and coercions, function library."""
