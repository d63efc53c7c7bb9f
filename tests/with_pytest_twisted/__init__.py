"""Tests in pytest-twisted's way: coroutines on the real reactor, for pytest alone.

Once pytest-twisted runs the reactor, trial's own asynchronous TestCases cannot; so this
package comes last in the alphabet. Trial finds no TestCase here and passes it by.
"""
